"""One letter as a page: its story, its traceback, its headers, its body where that may be."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas import headers as webhook_headers
from schemas.properties import ReceivedProperties
from workers.console.body_tree import A_NODE, NotReadable, body_tree
from workers.console.letter_story import story
from workers.console.masking import MASK, Masking
from workers.console.presentation import command
from workers.console.shown_size import fitted, fitted_end, shown_size
from workers.console.site import Site
from workers.console.traceback_frames import Lines, folded
from workers.letter import UNROUTED, WAITING, Letter

MOST_RAW = 85_000
"""Bytes on the page of a body that is shown as it came."""
MOST_HEADERS = 12_000
MOST_HEADER = 2_000
"""Bytes on the page of all headers, and of one's name or value."""
MOST_ERROR = 3_000
MOST_NAME = 500
"""Bytes on the page of an error, and of a shop, a topic or a consumer."""
MOST_TRACEBACK = 20_000
"""Bytes on the page of a traceback."""
MOST_PIECES = 100
"""Pieces of one that are folded; one of more is shown as it is."""
_SECRET = ("hmac", "signature", "authorization", "cookie", "token")


def described(
    site: Site, found: tuple[Letter, ReceivedProperties, bytes], *, with_body: bool
) -> Mapping[str, Any]:
    """Return what the page shows of a letter."""
    whole, properties, body = found
    letter = _fitting(whole)
    headers, left_out = _headers(properties.headers)
    return {
        "letter": letter,
        "story": story(letter, properties.headers),
        "traceback": _traceback(properties.headers),
        "headers": headers,
        "headers_left_out": left_out,
        "content_type": fitted(properties.content_type or "", MOST_NAME),
        "body_size": len(body),
        "bodies": site.settings.console_bodies,
        "body": _body(site, properties, body) if with_body else None,
        "commands": commands(letter),
    }


def commands(letter: Letter) -> tuple[str, ...]:
    """Return the commands that show the same, and do what the page offers."""
    which = ["--id", letter.id]
    if letter.consumer:
        which = ["--consumer", letter.consumer, *which]
    match letter.reason:
        case reason if reason == WAITING:
            return (
                command("waiting", "list", *which),
                command("waiting", "now", *which),
            )
        case reason if reason == UNROUTED:
            return (
                command("dead-letters", "show", "--unrouted", "--id", letter.id),
                command("dead-letters", "replay", "--unrouted", "--id", letter.id),
            )
    return (
        command("dead-letters", "show", *which),
        command("dead-letters", "replay", *which),
    )


def _fitting(letter: Letter) -> Letter:
    """Return a letter with what a page has room for of its texts: a stranger's may be long."""
    return replace(
        letter,
        consumer=fitted(letter.consumer, MOST_NAME),
        topic=fitted(letter.topic, MOST_NAME),
        shop=fitted(letter.shop, MOST_NAME),
        replay=fitted(letter.replay, MOST_NAME),
        error=fitted(letter.error, MOST_ERROR),
    )


def _traceback(headers: Mapping[str, Any]) -> tuple[Lines, ...]:
    written = webhook_headers.text(headers, webhook_headers.TRACEBACK)
    pieces = folded(fitted_end(written, MOST_TRACEBACK))
    if len(pieces) > MOST_PIECES:
        text = "\n".join(piece.text for piece in pieces)
        return (Lines(text, 0, is_authors=False),)
    return pieces


def _headers(headers: Mapping[str, Any]) -> tuple[list[tuple[str, str]], int]:
    """Return the headers by name, and how many are left out.

    The traceback stands elsewhere, and what proves is masked.
    """
    named = sorted(name for name in headers if name != webhook_headers.TRACEBACK)
    shown: list[tuple[str, str]] = []
    room = MOST_HEADERS
    for name in named:
        is_secret = any(word in name.lower() for word in _SECRET)
        value = MASK if is_secret else str(headers[name])
        row = fitted(name, MOST_HEADER), fitted(value, MOST_HEADER)
        room -= A_NODE + sum(map(shown_size, row))
        if room < 0:
            break
        shown.append(row)
    return shown, len(named) - len(shown)


def _body(site: Site, properties: ReceivedProperties, body: bytes) -> Mapping[str, Any]:
    """Return a body as a tree; where nobody can read it, whole and as it came, if that may be."""
    is_whole = site.settings.console_bodies == "whole"
    masking = Masking(()) if is_whole else site.masking
    try:
        tree = body_tree(body, properties.content_type or "", masking)
    except NotReadable as error:
        raw = ""
        if is_whole:
            raw = fitted(body[:MOST_RAW].decode(errors="replace"), MOST_RAW)
        return {"tree": None, "problem": fitted(str(error), MOST_ERROR), "raw": raw}
    return {"tree": tree}
