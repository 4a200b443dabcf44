"""How a letter is described, as plain data: in a line, or on a page. Pure."""

from datetime import UTC, datetime
from typing import Any

from schemas import headers as webhook_headers
from schemas.properties import ReceivedProperties
from workers import durations
from workers.letter import Letter


def row(letter: Letter) -> dict[str, Any]:
    """Describe a letter in one line's worth of plain data."""
    return {
        "id": letter.id,
        "consumer": letter.consumer,
        "topic": letter.topic,
        "shop": letter.shop,
        "reason": letter.reason,
        "group": letter.group,
        "attempt": letter.attempt,
        "replays": letter.replays,
        "died": shown_time(letter.at_ms),
        "error": letter.error,
    }


def found_row(letter: Letter) -> dict[str, Any]:
    """Describe in as much a letter that was looked at: how many wait for what becomes of it."""
    behind = letter.behind if letter.is_halted else ""
    return row(letter) | {"behind": behind}


def waiting_row(letter: Letter, now_ms: int) -> dict[str, Any]:
    """Describe in as much what waits: `attempt` is the one that comes.

    When it is due is empty where an older version has put it there; `0s` where a look holds it.
    `behind` is how many more of its shop are held until then.
    """
    due_in = ""
    if letter.due_ms:
        due_in = durations.shown((letter.due_ms - now_ms) / 1000)
    return {
        "id": letter.id,
        "consumer": letter.consumer,
        "topic": letter.topic,
        "shop": letter.shop,
        "attempt": letter.attempt,
        "due": shown_time(letter.due_ms),
        "due_in": due_in,
        "behind": letter.behind,
        "error": letter.error,
    }


def kept_row(letter: Letter) -> dict[str, Any]:
    """Describe in as much a copy in the journal."""
    return {
        "place": letter.place,
        "received": shown_time(letter.at_ms),
        "id": letter.id,
        "topic": letter.topic,
        "shop": letter.shop,
        "bytes": letter.size,
    }


def kept_page(letter: Letter, properties: ReceivedProperties, body: bytes) -> dict[str, Any]:
    """Describe it wholly: its row, every header, its body."""
    return kept_row(letter) | {
        "content_type": properties.content_type,
        "headers": dict(properties.headers),
        "body": body.decode(errors="replace"),
    }


def page(letter: Letter, properties: ReceivedProperties, body: bytes) -> dict[str, Any]:
    """Describe a letter wholly: its row, its traceback, every header, its body."""
    headers = dict(properties.headers)
    headers.pop(webhook_headers.TRACEBACK, None)
    described = row(letter)
    if letter.is_halted:
        described["behind"] = letter.behind
    return described | {
        "queue": letter.source.name,
        "content_type": properties.content_type,
        "traceback": webhook_headers.text(properties.headers, webhook_headers.TRACEBACK),
        "headers": headers,
        "body": body.decode(errors="replace"),
    }


def shown_time(ms: int) -> str:
    """Return a time as ISO 8601 to the second; the empty string where there is none."""
    if not ms:
        return ""
    return _iso(ms, "seconds")


def named_by_time(what: str, ms: int) -> str:
    """Return a name that tells what begins at a time, to the millisecond: what begins later in the
    same second has another.
    """
    return f"{what}-{_iso(ms, 'milliseconds')}"


def _iso(ms: int, precision: str) -> str:
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return moment.isoformat(timespec=precision)
