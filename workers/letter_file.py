"""Letters in a file, whose lines `schemas.letter_lines` describes. Pure."""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas import headers as webhook_headers
from schemas.dead_letter import DeadLetter
from schemas.letter_lines import VERSION, lines_in
from schemas.properties import ReceivedProperties
from workers.letter import Source


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
    """Yield the letters of an app's file; raises BadLine with the number of what is none."""
    for line in lines_in(lines, app):
        source = Source.unrouted(app)
        if line.queue is not None:
            source = Source.dead(line.queue)
        yield StoredLetter(source, line.routing_key, line.properties, line.body)
