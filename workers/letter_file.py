"""Letters in a file: a JSON object a line, the body as base64, so that each can be put back. Pure.

{"v": 1, "app": …, "queue": the work queue, or null where it lay unrouted, "routing_key": …,
 "content_type": …, "content_encoding": …, "type": …, "timestamp": s, "headers": {…}, "body": …}
"""

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from schemas import headers as webhook_headers
from schemas.dead_letter import DeadLetter
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from workers.letter import Source

VERSION = 1
"""Of a line's form."""

_TEXTS = ("content_type", "content_encoding", "type")


class BadLine(ValueError):
    """A line holds no letter that can be put back; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A letter of a file."""

    source: Source
    routing_key: str
    properties: ReceivedProperties
    body: bytes


def line_of(
    app: str, source: Source, routing_key: str, properties: ReceivedProperties, body: bytes
) -> bytes:
    """Return a letter as a line, its end included.

    What only the broker says of it (that it gave up on it, and when) is written down as ours.
    """
    headers = webhook_headers.kept(properties.headers)
    queue = None
    if source.work is not None:
        queue = source.work.name
        headers |= DeadLetter.read(properties.headers, source.work.consumer).headers()

    record = {
        "v": VERSION,
        "app": app,
        "queue": queue,
        "routing_key": routing_key,
        "content_type": properties.content_type,
        "content_encoding": properties.content_encoding,
        "type": properties.type,
        "timestamp": properties.timestamp,
        "headers": headers,
        "body": b64encode(body).decode(),
    }
    written = json.dumps(record, separators=(",", ":"))
    return written.encode() + b"\n"


def letters_in(lines: Iterable[bytes], app: str) -> Iterator[StoredLetter]:
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


def _letter(raw: bytes, app: str) -> StoredLetter:
    record = json.loads(raw)
    if not isinstance(record, dict) or record.get("v") != VERSION:
        raise BadLine(f"it is no object of version {VERSION}")
    if record["app"] != app:
        raise BadLine(f"it is of app {record['app']!r:.80}, and not of {app!r}")

    source = Source.unrouted(app)
    if record["queue"] is not None:
        queue = WorkQueue.parse(_text(record, "queue"))
        if queue is None or queue.app != app:
            raise BadLine(f"{record['queue']!r:.80} is no queue of app {app!r}")
        source = Source.dead(queue)

    body = _body(record)
    return StoredLetter(source, _text(record, "routing_key"), _properties(record, app), body)


def _body(record: dict[str, Any]) -> bytes:
    try:
        return b64decode(_text(record, "body"), validate=True)
    except binascii.Error as error:
        raise BadLine(f"its body is no base64: {error}") from error


def _properties(record: dict[str, Any], app: str) -> ReceivedProperties:
    headers = record["headers"]
    if not isinstance(headers, dict):
        raise BadLine("its headers are no object")
    timestamp = record.get("timestamp")
    if timestamp is not None and not isinstance(timestamp, int):
        raise BadLine("its timestamp is no whole number")

    texts = {name: record.get(name) for name in _TEXTS}
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise BadLine(f"its {name} is no text")
    return ReceivedProperties(
        **texts, headers=webhook_headers.kept(headers), timestamp=timestamp, app_id=app
    )


def _text(record: dict[str, Any], name: str) -> str:
    value = record[name]
    if not isinstance(value, str):
        raise BadLine(f"its {name} is no text")
    return value
