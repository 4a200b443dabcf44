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

from runtime.amqp import property_flags
from runtime.amqp.property_flags import CONTENT_ENCODING, CONTENT_TYPE, HEADERS
from schemas.properties import ReceivedProperties

_SHORT = Struct(">H")
_LONG = Struct(">I")
_LONGLONG = Struct(">Q")

_BODY_SIZE_AT = 4
_FLAGS_AT = 12
_VALUES_AT = 14

_OCTET = "octet"
_TEXT = "text"
_TIME = "time"
_REST: tuple[tuple[int, str, str | None], ...] = (
    (property_flags.DELIVERY_MODE, _OCTET, None),
    (property_flags.PRIORITY, _OCTET, None),
    (property_flags.CORRELATION_ID, _TEXT, None),
    (property_flags.REPLY_TO, _TEXT, None),
    (property_flags.EXPIRATION, _TEXT, None),
    (property_flags.MESSAGE_ID, _TEXT, "message_id"),
    (property_flags.TIMESTAMP, _TIME, "timestamp"),
    (property_flags.TYPE, _TEXT, "type"),
    (property_flags.USER_ID, _TEXT, None),
    (property_flags.APP_ID, _TEXT, "app_id"),
)
"""The properties behind the headers, in the order of their flags: flag, form, name of our field."""

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
    size_at = at + _BODY_SIZE_AT
    (size,) = _LONGLONG.unpack_from(buffer, size_at)
    return int(size)


def integer_field(name: str) -> bytes:
    """Return what stands before the number of a header with this name, as others write it."""
    raw = name.encode()
    return bytes((len(raw),)) + raw + b"l"


def find_integer(field: bytes, buffer: bytes, start: int, end: int) -> int:
    """Return the number of a header, without reading all others; 0 where there is none.

    Which one is said by `integer_field`.
    """
    found = buffer.find(field, start, end)
    if found < 0:
        return 0

    at = found + len(field)
    (number,) = _INTEGERS[ord("l")].unpack_from(buffer, at)
    return int(number)


def read(buffer: bytes, at: int) -> ReceivedProperties:
    """Read a content header whose payload starts here; raises UnknownField."""
    try:
        return _read_properties(buffer, at)
    except (IndexError, UnicodeDecodeError, struct.error) as error:
        raise UnknownField from error


def _read_properties(buffer: bytes, start: int) -> ReceivedProperties:
    flags_at = start + _FLAGS_AT
    (flags,) = _SHORT.unpack_from(buffer, flags_at)
    at = start + _VALUES_AT
    found = ReceivedProperties()

    if flags & CONTENT_TYPE:
        found.content_type, at = _short_string(buffer, at)
    if flags & CONTENT_ENCODING:
        found.content_encoding, at = _short_string(buffer, at)
    if flags & HEADERS:
        found.headers, at = _table(buffer, at)

    for flag, form, name in _REST:
        if not flags & flag:
            continue

        if form == _OCTET:
            at += 1
        elif form == _TIME:
            (found.timestamp,) = _LONGLONG.unpack_from(buffer, at)
            at += _LONGLONG.size
        elif name is None:
            size = buffer[at]
            at += 1 + size
        else:
            value, at = _short_string(buffer, at)
            setattr(found, name, value)

    return found


def _table(buffer: bytes, at: int) -> tuple[dict[str, Any], int]:
    """Return a table, and where it ends."""
    (size,) = _LONG.unpack_from(buffer, at)
    at += _LONG.size
    end = at + size

    table: dict[str, Any] = {}
    while at < end:
        name_at = at + 1
        kind_at = name_at + buffer[at]
        raw_name = buffer[name_at:kind_at]
        name = _name(raw_name)
        table[name], at = _value(buffer, kind_at)
    return table, end


def _value(buffer: bytes, kind_at: int) -> tuple[str | int, int]:
    """Return the value of a table's field, and where it ends; raises UnknownField."""
    kind = buffer[kind_at]
    at = kind_at + 1

    if kind == _STRING:
        (size,) = _LONG.unpack_from(buffer, at)
        start = at + _LONG.size
        end = start + size
        text = buffer[start:end]
        return text.decode(), end

    integer = _INTEGERS.get(kind)
    if integer is None:
        raise UnknownField

    (number,) = integer.unpack_from(buffer, at)
    end = at + integer.size
    return number, end


def _short_string(buffer: bytes, at: int) -> tuple[str, int]:
    """Return a short string, and where it ends."""
    start = at + 1
    end = start + buffer[at]
    text = buffer[start:end]
    return text.decode(), end


@lru_cache(maxsize=1024)
def _name(raw: bytes) -> str:
    return raw.decode()
