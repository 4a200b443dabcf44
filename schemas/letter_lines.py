"""Letters in a file: a JSON object a line, the body as base64, so that each can be put back, and
its signature be looked at again. Pure.

{"v": 1, "app": …, "queue": the work queue, or null where it lay unrouted, "routing_key": …,
 "content_type": …, "content_encoding": …, "type": …, "timestamp": s, "headers": {…}, "body": …}
"""

import binascii
import json
from base64 import b64decode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from schemas import headers as webhook_headers
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties

VERSION = 1
"""Of a line's form."""

_TEXTS = ("content_type", "content_encoding", "type")


class BadLine(ValueError):
    """A line holds no letter that can be put back; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter of a file. `queue` is None where it lay unrouted."""

    queue: WorkQueue | None
    routing_key: str
    properties: ReceivedProperties
    body: bytes


def lines_in(lines: Iterable[bytes], app: str) -> Iterator[LetterLine]:
    """Yield the letters of an app's file; raises BadLine with the number of what is none.

    A last line without its end was being written when somebody was killed: that letter was not
    taken from its queue, and is passed over.
    """
    for number, raw in enumerate(lines, 1):
        if not raw.endswith(b"\n"):
            return
        try:
            yield _letter(raw, app)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise BadLine(f"line {number} holds no letter: {error}") from error


def _letter(raw: bytes, app: str) -> LetterLine:
    record = json.loads(raw)
    if not isinstance(record, dict) or record.get("v") != VERSION:
        raise BadLine(f"it is no object of version {VERSION}")

    owner = record["app"]
    if owner != app:
        raise BadLine(f"it is of app {owner!r:.80}, and not of {app!r}")

    return LetterLine(
        _queue(record, app),
        _text(record, "routing_key"),
        _properties(record, app),
        _body(record),
    )


def _queue(record: dict[str, Any], app: str) -> WorkQueue | None:
    if record["queue"] is None:
        return None

    name = _text(record, "queue")
    queue = WorkQueue.parse(name)
    if queue is None or queue.app != app:
        raise BadLine(f"{name!r:.80} is no queue of app {app!r}")
    return queue


def _body(record: dict[str, Any]) -> bytes:
    written = _text(record, "body")
    try:
        return b64decode(written, validate=True)
    except binascii.Error as error:
        raise BadLine(f"its body is no base64: {error}") from error


def _properties(record: dict[str, Any], app: str) -> ReceivedProperties:
    headers = record["headers"]
    if not isinstance(headers, dict):
        raise BadLine("its headers are no object")

    timestamp = record.get("timestamp")
    if timestamp is not None and not isinstance(timestamp, int):
        raise BadLine("its timestamp is no whole number")

    texts: dict[str, str | None] = {}
    for name in _TEXTS:
        value = record.get(name)
        if value is not None and not isinstance(value, str):
            raise BadLine(f"its {name} is no text")
        texts[name] = value

    return ReceivedProperties(
        content_type=texts["content_type"],
        content_encoding=texts["content_encoding"],
        headers=webhook_headers.kept(headers),
        timestamp=timestamp,
        type=texts["type"],
        app_id=app,
    )


def _text(record: dict[str, Any], name: str) -> str:
    value = record[name]
    if not isinstance(value, str):
        raise BadLine(f"its {name} is no text")
    return value
