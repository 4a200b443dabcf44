"""What a file holds of a captured request: its raw body, or the whole of it with its headers.

Whole is a request as it was sent, from its first line on, or what curl's `--trace` and
`--trace-ascii` write of one. All else is a body.
"""

import re
from typing import NamedTuple

from ingress.explaining import trace

LOSSY = (
    "curl's --trace-ascii writes a dot for each byte that cannot be printed, line ends too: "
    "where the body has any, take --trace instead"
)

_REQUEST_LINE = re.compile(rb"[A-Z]{3,10} (\S+) HTTP/[0-9.]+\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class Whole(NamedTuple):
    """A request as a file holds it."""

    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""
    note: str = ""
    """A sentence on what the file cannot hold, where that is so."""


def read(content: bytes) -> Whole:
    """Return what the file holds; a body alone unless its first line says otherwise."""
    if trace.is_trace(content):
        sent = trace.last_request(content)
        note = ""
        if sent.is_lossy:
            note = LOSSY
        return _of_request(sent.head, sent.body, note)

    if _REQUEST_LINE.match(content):
        end = _HEAD_END.search(content)
        if end is None:
            return _of_request(content, b"")

        head = content[: end.start()]
        body = content[end.end() :]
        return _of_request(head, body)

    return Whole(content)


def _of_request(head: bytes, body: bytes, note: str = "") -> Whole:
    first, _, rest = head.partition(b"\n")
    query = b""
    match = _REQUEST_LINE.fullmatch(first + b"\n")
    if match is not None:
        target = match[1]
        _, _, query = target.partition(b"?")

    lines = [line for line in rest.splitlines() if b":" in line]
    headers = tuple(map(_header, lines))
    return Whole(body, headers, _text(query), note)


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.partition(b":")
    bare_name = name.strip()
    bare_value = value.strip()
    return _text(bare_name), _text(bare_value)


def _text(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")
