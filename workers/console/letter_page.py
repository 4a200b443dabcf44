"""One letter as a page: its story, its traceback, its headers, its body where that may be."""

from collections.abc import Mapping
from typing import Any

from schemas import headers as webhook_headers
from schemas.properties import ReceivedProperties
from workers.console.body_tree import NotReadable, body_tree
from workers.console.letter_story import story
from workers.console.masking import MASK, Masking
from workers.console.presentation import command
from workers.console.site import Site
from workers.console.traceback_frames import folded
from workers.letter import UNROUTED, WAITING, Letter

MOST_RAW = 100_000
"""Characters of a body that are shown as they came."""
_SECRET = ("hmac", "signature", "authorization", "cookie", "token")


def described(
    site: Site, found: tuple[Letter, ReceivedProperties, bytes], *, with_body: bool
) -> Mapping[str, Any]:
    """Return what the page shows of a letter."""
    letter, properties, body = found
    traceback = webhook_headers.text(properties.headers, webhook_headers.TRACEBACK)
    return {
        "letter": letter,
        "story": story(letter, properties.headers),
        "traceback": folded(traceback),
        "headers": _headers(properties.headers),
        "content_type": properties.content_type or "",
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


def _headers(headers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the headers by name; the traceback stands elsewhere, and what proves is masked."""
    shown: list[tuple[str, str]] = []
    for name, value in sorted(headers.items()):
        if name == webhook_headers.TRACEBACK:
            continue
        is_secret = any(word in name.lower() for word in _SECRET)
        shown.append((name, MASK if is_secret else str(value)))
    return shown


def _body(site: Site, properties: ReceivedProperties, body: bytes) -> Mapping[str, Any]:
    """Return a body as a tree; where nobody can read it, whole and as it came, if that may be."""
    is_whole = site.settings.console_bodies == "whole"
    masking = Masking(()) if is_whole else site.masking
    try:
        tree = body_tree(body, properties.content_type or "", masking)
    except NotReadable as error:
        raw = body[:MOST_RAW].decode(errors="replace") if is_whole else ""
        return {"problem": str(error), "raw": raw, "cut": max(0, len(body) - MOST_RAW)}
    return {"tree": tree}
