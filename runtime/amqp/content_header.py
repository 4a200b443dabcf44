"""Reading what stands before a message's body, from the bytes: its size and its properties. Pure.

Our own messages hold strings and integers, and are read here. Any other field of AMQP 0-9-1 is left
to the client's own, slower reader. Layout: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf,
4.2.5.5 (tables) and 4.2.6.1 (content headers):

    content header      0        2         4             12       14
                        | class  | weight  | body size   | flags  | a value for each flag ...
                        | 2      | 2       | 8           | 2      |

    short string        0        1
                        | size 1 | text ...

    table               0        4
                        | size 4 | fields ...      a field: | short string: name | kind 1 | value |
                                                   kind S:  | size 4 | text ... |
"""

import struct
from functools import lru_cache
from struct import Struct
from typing import Any

from schemas.properties import ReceivedProperties

_SHORT = Struct(">H")
_LONG = Struct(">I")
_LONGLONG = Struct(">Q")

_BODY_SIZE_AT = 4
_FLAGS_AT = 12
_VALUES_AT = 14

_CONTENT_TYPE = 0x8000
_CONTENT_ENCODING = 0x4000
_HEADERS = 0x2000

_OCTET = "octet"
_TEXT = "text"
_TIME = "time"
_REST: tuple[tuple[int, str, str | None], ...] = (
    (0x1000, _OCTET, None),  # delivery-mode
    (0x0800, _OCTET, None),  # priority
    (0x0400, _TEXT, None),  # correlation-id
    (0x0200, _TEXT, None),  # reply-to
    (0x0100, _TEXT, None),  # expiration
    (0x0080, _TEXT, "message_id"),
    (0x0040, _TIME, "timestamp"),
    (0x0020, _TEXT, "type"),
    (0x0010, _TEXT, None),  # user-id
    (0x0008, _TEXT, "app_id"),
)
"""The properties behind the headers, in the order of their bits: bit, form, name of our field."""

_STRING = ord("S")
_INTEGERS = {
    ord("b"): Struct(">b"),
    ord("B"): Struct(">B"),
    ord("s"): Struct(">h"),
    ord("u"): Struct(">H"),
    ord("I"): Struct(">i"),
    ord("i"): Struct(">I"),
    ord("l"): Struct(">q"),
}


class UnknownField(ValueError):
    """There is something in it that only the client's own reader knows."""


def body_size(buffer: bytes, at: int) -> int:
    """Return the size of the body that follows a content header whose payload starts here."""
    return int(_LONGLONG.unpack_from(buffer, at + _BODY_SIZE_AT)[0])


def read(buffer: bytes, at: int) -> ReceivedProperties:
    """Read a content header whose payload starts here; raises UnknownField."""
    try:
        return _read(buffer, at)
    except (IndexError, UnicodeDecodeError, struct.error) as error:
        raise UnknownField from error


def _read(buffer: bytes, start: int) -> ReceivedProperties:
    flags = _SHORT.unpack_from(buffer, start + _FLAGS_AT)[0]
    at = start + _VALUES_AT
    found = ReceivedProperties()

    if flags & _CONTENT_TYPE:
        found.content_type, at = _short_string(buffer, at)
    if flags & _CONTENT_ENCODING:
        found.content_encoding, at = _short_string(buffer, at)
    if flags & _HEADERS:
        found.headers, at = _table(buffer, at)

    for bit, form, name in _REST:
        if not flags & bit:
            continue
        if form == _OCTET:
            at += 1
        elif form == _TIME:
            found.timestamp = _LONGLONG.unpack_from(buffer, at)[0]
            at += _LONGLONG.size
        elif name is None:
            at += 1 + buffer[at]
        else:
            value, at = _short_string(buffer, at)
            setattr(found, name, value)

    return found


def _table(buffer: bytes, at: int) -> tuple[dict[str, Any], int]:
    """Return a table, and where it ends."""
    fields_at = at + _LONG.size
    end = fields_at + _LONG.unpack_from(buffer, at)[0]

    table: dict[str, Any] = {}
    at = fields_at
    while at < end:
        name_at = at + 1
        kind_at = name_at + buffer[at]
        name = _name(buffer[name_at:kind_at])
        table[name], at = _value(buffer, kind_at)
    return table, end


def _value(buffer: bytes, kind_at: int) -> tuple[str | int, int]:
    """Return the value of a table's field, and where it ends; raises UnknownField."""
    kind = buffer[kind_at]
    at = kind_at + 1

    if kind == _STRING:
        start = at + _LONG.size
        end = start + _LONG.unpack_from(buffer, at)[0]
        return buffer[start:end].decode(), end

    integer = _INTEGERS.get(kind)
    if integer is None:
        raise UnknownField
    return integer.unpack_from(buffer, at)[0], at + integer.size


def _short_string(buffer: bytes, at: int) -> tuple[str, int]:
    """Return a short string, and where it ends."""
    start = at + 1
    end = start + buffer[at]
    return buffer[start:end].decode(), end


@lru_cache(maxsize=1024)
def _name(raw: bytes) -> str:
    return raw.decode()
