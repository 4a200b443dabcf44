"""What comes before a message's body: its size and its properties, read from the bytes. Pure.

Our own messages hold strings and integers, and are read here; any other field of AMQP 0-9-1 is left
to the client's own, slower reader. Layout: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf,
4.2.5.5 and 4.2.6.1.
"""

import struct
from dataclasses import dataclass, field
from functools import lru_cache
from struct import Struct
from typing import Any

_LONG, _LONGLONG, _FLAGS = Struct(">I"), Struct(">Q"), Struct(">H")
_INTEGERS = {
    ord(kind): Struct(f">{code}")
    for kind, code in {"b": "b", "B": "B", "s": "h", "u": "H", "I": "i", "i": "I", "l": "q"}.items()
}
_STRING = ord("S")
# The properties behind the headers, in the order of their bits; None: an octet, or a string that
# nobody here reads
_REST = (
    (0x1000, None, 1), (0x0800, None, 1), (0x0400, None, 0), (0x0200, None, 0), (0x0100, None, 0),
    (0x0080, "message_id", 0), (0x0040, "timestamp", 8), (0x0020, "message_type", 0), (0x0010, None, 0),
    (0x0008, "app_id", 0),
)  # fmt: skip


class Unread(ValueError):
    """There is something in it that only the client's own reader knows."""


@dataclass(slots=True)
class Description:
    """A message's properties; nothing is sure of a message that may come from anywhere."""

    content_type: str | None = None
    content_encoding: str | None = None
    headers: dict[str, Any] = field(default_factory=dict)
    message_id: str | None = None
    timestamp: int | None = None  # seconds
    message_type: str | None = None
    app_id: str | None = None


def body_size(buffer: bytes, at: int) -> int:
    """Return the size of the body that follows a content header whose payload starts here."""
    return int(_LONGLONG.unpack_from(buffer, at + 4)[0])


def read(buffer: bytes, at: int) -> Description:
    """Read the properties from a content header whose payload starts here; raises Unread."""
    try:
        return _read(buffer, at)
    except (IndexError, UnicodeDecodeError, struct.error) as error:
        raise Unread from error


def _read(buffer: bytes, at: int) -> Description:
    (flags,), found = _FLAGS.unpack_from(buffer, at + 12), Description()
    at += 14
    if flags & 0x8000:
        found.content_type, at = _short(buffer, at)
    if flags & 0x4000:
        found.content_encoding, at = _short(buffer, at)
    if flags & 0x2000:
        end = at + 4 + _LONG.unpack_from(buffer, at)[0]
        found.headers, at = _table(buffer, at + 4, end), end
    for bit, name, size in _REST:
        if flags & bit:
            if size == 8:  # noqa: PLR2004 - the timestamp's
                found.timestamp, at = _LONGLONG.unpack_from(buffer, at)[0], at + 8
            elif name is None:
                at += size or 1 + buffer[at]
            else:
                value, at = _short(buffer, at)
                setattr(found, name, value)
    return found


def _table(buffer: bytes, at: int, end: int) -> dict[str, Any]:
    table: dict[str, Any] = {}
    while at < end:
        start, at = at + 1, at + 1 + buffer[at]
        name = _name(buffer[start:at])
        if (kind := buffer[at]) == _STRING:
            at, length = at + 5, _LONG.unpack_from(buffer, at + 1)[0]
            table[name], at = buffer[at : at + length].decode(), at + length
        elif (integer := _INTEGERS.get(kind)) is not None:
            table[name], at = integer.unpack_from(buffer, at + 1)[0], at + 1 + integer.size
        else:
            raise Unread
    return table


def _short(buffer: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + buffer[at]
    return buffer[at + 1 : end].decode(), end


@lru_cache(maxsize=1024)
def _name(raw: bytes) -> str:
    return raw.decode()
