"""Short strings and headers of AMQP 0-9-1, as bytes. Pure.

Layout: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 4.2.5; the sizes below are bytes.

    short string        0        1
                        | size 1 | text ...

    header: a text      | short string: name | kind 1: S | size 4 | text ...
    header: an integer  | short string: name | kind 1: l | integer 8 |
"""

from functools import lru_cache
from struct import Struct

from schemas.headers import Header

_SHORT_MAX = 255
"""Bytes of a short string's text at most: its size is one byte."""

_TEXT_KIND = b"S"
_TEXT_SIZE = Struct(">I")
_INTEGER_KIND = b"l"
_INTEGER = Struct(">cq")


def encode_short_string(text: str) -> bytes:
    """Return a short string; raises ValueError where it is over 255 bytes."""
    raw = text.encode()
    if len(raw) > _SHORT_MAX:
        raise ValueError(f"{text[:40]!r}… is over 255 bytes")
    return bytes((len(raw),)) + raw


encode_repeated = lru_cache(maxsize=4096)(encode_short_string)
"""The same, for texts that come again and again."""


def encode_headers(headers: dict[str, Header]) -> bytes:
    """Return the headers one after the other, without the size that stands before them.

    Raises ValueError where a name is over 255 bytes.
    """
    pieces: list[bytes] = []
    for name, value in headers.items():
        if isinstance(value, int):
            pieces += (encode_repeated(name), _INTEGER.pack(_INTEGER_KIND, value))
        else:
            text = value.encode()
            pieces += (_encode_name_of_text(name), _TEXT_SIZE.pack(len(text)), text)
    return b"".join(pieces)


@lru_cache(maxsize=1024)
def _encode_name_of_text(name: str) -> bytes:
    return encode_repeated(name) + _TEXT_KIND
