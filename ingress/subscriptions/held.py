"""What a platform holds: its subscriptions, read from the JSON of its answers. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What may stand in a path."""


class Unreadable(ValueError):
    """The answer is not what the platform documents; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Held:
    """A subscription that is there."""

    id: str
    topic: str
    address: str
    format: str
    created_ms: int | None = None
    """When it was made, in milliseconds since 1970, where the platform says so."""


def read_all(document: Any) -> list[Held]:
    """Return the subscriptions of a list, or raise Unreadable."""
    entries = _member(document, "webhooks")
    if not isinstance(entries, list):
        raise Unreadable("the answer has no list of webhooks")
    return [_held(entry) for entry in entries]


def read_one(document: Any) -> Held:
    """Return the one subscription of an answer, or raise Unreadable."""
    return _held(_member(document, "webhook"))


def read_count(document: Any) -> int:
    """Return how many there are, or raise Unreadable."""
    count = _member(document, "count")
    if not isinstance(count, int) or isinstance(count, bool):
        raise Unreadable("the answer has no count")
    return count


def _held(entry: Any) -> Held:
    number = _member(entry, "id")
    written = str(number)
    if not isinstance(number, int | str) or not _ID.fullmatch(written):
        raise Unreadable("a webhook in the answer has no id")

    return Held(
        id=written,
        topic=_text(entry, "topic"),
        address=_text(entry, "address"),
        format=_text(entry, "format"),
        created_ms=_moment(_member(entry, "created_at")),
    )


def _text(entry: Any, name: str) -> str:
    value = _member(entry, name)
    if not isinstance(value, str):
        raise Unreadable(f"a webhook in the answer has no {name}")
    return value


def _moment(value: Any) -> int | None:
    try:
        written = datetime.fromisoformat(value)
        if written.tzinfo is None:
            written = written.replace(tzinfo=UTC)
        return int(written.timestamp() * 1000)
    except (TypeError, ValueError, OverflowError):
        return None


def _member(document: Any, name: str) -> Any:
    if isinstance(document, Mapping):
        return document.get(name)
    return None
