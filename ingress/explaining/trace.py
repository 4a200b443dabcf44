"""What curl's `--trace` and `--trace-ascii` write of a request: what was sent, byte by byte.

=> Send data, 18 bytes (0x12)          an event, and how many bytes it is about
0000: 7b 22 69 64 ... 31 {"id": ... 1  a row: where it begins, sixteen bytes, the same as text
0010: 7d 0a              }.
0000: {"id": ... 1}.                   or with --trace-ascii: 64 bytes at most; a CRLF ends a
                                       row and is left out, what cannot be printed is a dot
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_BEGINS = re.compile(rb"[0-9:. ]*(?:== Info:|=> Send |<= Recv )")
_EVENT = re.compile(rb"[0-9:. ]*(?:=>|<=|==) (\w+)(?: (header|data), ([0-9]+) bytes)?.*")
_ROW = re.compile(rb"([0-9a-f]{4,}): (.*)")
_HEX = re.compile(rb"((?:[0-9a-f]{2} ){1,16}) *.{0,16}")


class Sent(NamedTuple):
    """The last request of a trace."""

    head: bytes
    body: bytes
    is_lossy: bool
    """Whether some of its bytes may stand as dots."""


class _Event(NamedTuple):
    kind: bytes
    """`header` or `data`, of what was sent; else empty."""
    size: int
    rows: list[tuple[int, bytes]]


def is_trace(content: bytes) -> bool:
    """Tell whether a file begins as curl's traces do."""
    return _BEGINS.match(content) is not None


def last_request(content: bytes) -> Sent:
    """Return the last request of a trace."""
    events = [*_events(content.splitlines())]
    is_hex = _is_hex(events)
    head = b""
    body = b""
    for event in events:
        sent = _bytes_of(event, is_hex=is_hex)
        if event.kind == b"header":
            head = sent
            body = b""
        elif event.kind == b"data":
            body += sent

    is_lossy = not is_hex and b"." in body
    return Sent(head, body, is_lossy)


def _events(lines: Iterable[bytes]) -> Iterator[_Event]:
    event = _Event(b"", 0, [])
    for line in lines:
        row = _ROW.fullmatch(line)
        if row is not None:
            offset = int(row[1], 16)
            event.rows.append((offset, row[2]))
            continue

        begun = _EVENT.fullmatch(line)
        if begun is not None:
            yield event
            event = _begun(begun)
    yield event


def _begun(match: re.Match[bytes]) -> _Event:
    kind = b""
    if match[1] == b"Send":
        kind = match[2] or b""

    size = int(match[3] or b"0")
    return _Event(kind, size, [])


def _is_hex(events: Iterable[_Event]) -> bool:
    """Tell `--trace` from `--trace-ascii`, in which no head reads as hex."""
    for event in events:
        if event.kind and event.rows:
            _, first = event.rows[0]
            return _HEX.fullmatch(first) is not None
    return False


def _bytes_of(event: _Event, *, is_hex: bool) -> bytes:
    """Return what the rows show. In text, two bytes that no row has are a line end of HTTP."""
    shown = bytearray()
    for offset, text in event.rows:
        if offset == len(shown) + 2:
            shown += b"\r\n"

        if is_hex:
            shown += _of_hex(text)
        else:
            shown += text

    if event.size == len(shown) + 2:
        shown += b"\r\n"
    return bytes(shown)


def _of_hex(text: bytes) -> bytes:
    match = _HEX.fullmatch(text)
    if match is None:
        return b""
    return bytes.fromhex(match[1].decode())
