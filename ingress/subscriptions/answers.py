"""What a platform's answer says of a call that it did not do, in one clause. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.printable import cut, printable

LONGEST = 300
"""Bytes of what a platform says that are shown."""
_TAKEN = re.compile(r"already (?:been )?taken|already exists", re.IGNORECASE)
_PASSING = {408, 425, 429, *range(500, 600)}
"""What may be otherwise the next time."""
_MEANINGS = {
    401: "the credential is not taken (401)",
    402: "the shop is closed until it has paid (402)",
    403: "the credential may not do this (403)",
    404: "there is no such shop or subscription (404)",
    422: "refused (422)",
    423: "the shop is locked (423)",
    429: "too many calls (429)",
}


def is_passing(status: int) -> bool:
    """Tell whether the same call may be answered otherwise a little later."""
    return status in _PASSING


def told(status: int, document: Any) -> str:
    """Return what the status means, and what the platform says."""
    meaning = _MEANINGS.get(status)
    if meaning is None:
        meaning = f"answered {status}"
    if 300 <= status < 400:  # noqa: PLR2004 - the redirects
        meaning = (
            f"leads elsewhere ({status}); is it the shop's own name, and not that of its pages?"
        )

    said = said_by(document)
    if said:
        return f"{meaning}: {said}"
    return meaning


def said_by(document: Any) -> str:
    """Return the platform's own words: `{"errors": {"address": ["has already been taken"]}}`.

    Errors are a text, a list, or by field.
    """
    if not isinstance(document, Mapping):
        return ""
    errors = document.get("errors") or document.get("error")
    words = "; ".join(_words(errors))
    return cut(printable(words), LONGEST)


def is_taken(reason: str) -> bool:
    """Tell whether a refusal says that the topic, or the address for it, has a subscription."""
    return _TAKEN.search(reason) is not None


def _words(errors: Any, before: str = "", depth: int = 3) -> Iterator[str]:
    if depth == 0:
        return

    match errors:
        case str() if errors.strip():
            yield f"{before}{errors.strip()}"
        case list():
            for one in errors:
                yield from _words(one, before, depth - 1)
        case Mapping():
            for field, one in errors.items():
                name = "" if field == "base" else f"{field} "
                yield from _words(one, name, depth - 1)
