"""Short strings, headers and the properties of a message, as bytes. Pure.

Layout: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 4.2.5 and 4.2.6.1; the sizes below
are bytes.

    short string        0        1
                        | size 1 | text ...

    header: a text      | short string: name | kind 1: S | size 4 | text ...
    header: an integer  | short string: name | kind 1: l | integer 8 |

A content header, which is made of these, is drawn in `content_header`, where it is read.
"""

from functools import lru_cache
from struct import Struct

from runtime.amqp.property_flags import (
    APP_ID,
    CONTENT_ENCODING,
    CONTENT_TYPE,
    DELIVERY_MODE,
    EXPIRATION,
    HEADERS,
    MESSAGE_ID,
    TIMESTAMP,
    TYPE,
)
from schemas.headers import Header
from schemas.properties import Properties

_SHORT_MAX = 255
"""Bytes of a short string's text at most: its size is one byte."""

_TEXT_KIND = b"S"
_SIZE = Struct(">I")
_INTEGER_KIND = b"l"
_INTEGER = Struct(">cq")
_TIME = Struct(">Q")
_CONTENT = Struct(">HHQH")  # class, weight, body size, flags

_BASIC = 60
"""The class of all messages."""
_PERSISTENT = b"\x02"
_ALWAYS = HEADERS | DELIVERY_MODE | MESSAGE_ID


def encode_short_string(text: str) -> bytes:
    """Return a short string; raises ValueError where it is over 255 bytes."""
    raw = text.encode()
    size = len(raw)
    if size > _SHORT_MAX:
        raise ValueError(f"{text[:40]!r}… is over 255 bytes")
    return bytes((size,)) + raw


encode_repeated = lru_cache(maxsize=4096)(encode_short_string)
"""The same, for texts that come again and again."""


def encode_headers(headers: dict[str, Header]) -> bytes:
    """Return the headers one after the other, without the size that stands before them.

    Raises ValueError where a name is over 255 bytes.
    """
    pieces: list[bytes] = []
    for name, value in headers.items():
        if isinstance(value, int):
            integer = _INTEGER.pack(_INTEGER_KIND, value)
            pieces += (encode_repeated(name), integer)
        else:
            text = value.encode()
            size = _SIZE.pack(len(text))
            pieces += (_encode_name_of_text(name), size, text)
    return b"".join(pieces)


@lru_cache(maxsize=1024)
def _encode_name_of_text(name: str) -> bytes:
    """Return what stands before a text's size: the header's name and the kind of its value."""
    return encode_repeated(name) + _TEXT_KIND


def encode_content_header(properties: Properties, message_id: str, body_size: int) -> bytes:
    """Return the content header of a persistent message.

    Raises ValueError where a short string is over 255 bytes.
    """
    form_flags, form = _encode_form(properties.content_type, properties.content_encoding)
    origin_flags, origin = _encode_origin(properties.type, properties.app_id)
    flags = _ALWAYS | form_flags | origin_flags

    expiration = b""
    if properties.expiration:
        flags |= EXPIRATION
        expiration = encode_repeated(properties.expiration)

    timestamp = b""
    if properties.timestamp is not None:
        flags |= TIMESTAMP
        timestamp = _TIME.pack(properties.timestamp)

    beginning = _CONTENT.pack(_BASIC, 0, body_size, flags)
    headers = encode_headers(properties.headers)
    size = _SIZE.pack(len(headers))
    identity = encode_short_string(message_id)
    return b"".join(
        (beginning, form, size, headers, _PERSISTENT, expiration, identity, timestamp, origin)
    )


@lru_cache(maxsize=4096)
def _encode_form(content_type: str | None, content_encoding: str | None) -> tuple[int, bytes]:
    """Return the flags and the bytes of the properties that stand before the headers."""
    return _encode_present((CONTENT_TYPE, content_type), (CONTENT_ENCODING, content_encoding))


@lru_cache(maxsize=4096)
def _encode_origin(kind: str | None, app_id: str | None) -> tuple[int, bytes]:
    """Return the flags and the bytes of the properties that stand behind the timestamp."""
    return _encode_present((TYPE, kind), (APP_ID, app_id))


def _encode_present(*properties: tuple[int, str | None]) -> tuple[int, bytes]:
    """Return the flags and the bytes of those that are there."""
    flags = 0
    raw = b""
    for flag, text in properties:
        if text is not None:
            flags |= flag
            raw += encode_short_string(text)
    return flags, raw
