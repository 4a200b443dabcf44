"""What a body may have been when it was signed."""

import zlib
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote_plus

from ingress.explaining.body_edits import EDITS, NEWLINE, NO_NEWLINE, Edit
from ingress.explaining.oddity import Oddity, Variant
from ingress.explaining.rewritten import rewritten

QUERY = Oddity(
    "the query string was signed, not the body",
    "have the sender sign the body; a link of the platform (its `hmac=`, `signature=`) is no "
    "webhook, and must not pass for one",
    2,
)

_SIGNATURES = ("hmac", "signature")
"""The fields of a query that hold its signature, and are not signed."""


def variants(body: bytes, query: str = "") -> Iterator[Variant]:
    """Yield the body as it is, then as it may have been; each once."""
    seen: set[int] = set()
    for variant in _all(body, query):
        known = hash(variant.value)
        if known not in seen:
            seen.add(known)
            yield variant


def _all(body: bytes, query: str) -> Iterator[Variant]:
    yield Variant(body)
    for edit, oddity in EDITS:
        edited = _tried(edit, body)
        if edited is not None and edited != body:
            yield Variant(edited, (oddity,))

    yield from _of_query(query)
    for variant in rewritten(body):
        yield variant
        with_end = variant.value + b"\n"
        yield Variant(with_end, (*variant.oddities, NO_NEWLINE))

    yield from _with_other_end(body)


def _with_other_end(body: bytes) -> Iterator[Variant]:
    """Yield each edited body with and without the line end, both of which editors change."""
    for edit, oddity in EDITS:
        edited = _tried(edit, body)
        if edited is None or edited == body:
            continue
        yield Variant(edited.rstrip(b"\r\n"), (oddity, NEWLINE))
        yield Variant(edited + b"\n", (oddity, NO_NEWLINE))


def _tried(edit: Edit, body: bytes) -> bytes | None:
    try:
        return edit(body)
    except (ValueError, zlib.error):
        return None


def _of_query(query: str) -> Iterator[Variant]:
    bare = query.strip().removeprefix("?")
    if not bare:
        return

    pairs = parse_qsl(bare, keep_blank_values=True)
    signed = sorted(f"{name}={value}" for name, value in pairs if name not in _SIGNATURES)
    written = [part for part in bare.split("&") if part.partition("=")[0] not in _SIGNATURES]
    messages = (
        bare,
        "&".join(written),
        "&".join(sorted(written)),
        "&".join(signed),
        "".join(signed),
        unquote_plus(bare),
    )
    for message in messages:
        value = message.encode(errors="surrogateescape")
        yield Variant(value, (QUERY,))
