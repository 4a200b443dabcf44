"""Reading any properties: where the client's decoder raises, the value is lost, not the link.

The client decodes a message before anybody is asked whose it is. A header named in Latin-1 or a
time past the year 9999 ended the connection, and with it every run of the process; the broker
delivered the same message again to the next one.
"""

from collections.abc import Callable
from typing import Any

from pamqp import decode

_TIME_LENGTH = 8
"""Bytes of a time."""

Decoder = Callable[..., tuple[int, Any]]


def _lenient(strict: Decoder, length: Callable[[bytes], int]) -> Decoder:
    """Return a decoder that gives None, and the length, where the strict one raises."""

    def decoder(raw: bytes) -> tuple[int, Any]:
        try:
            return strict(raw)
        except (ValueError, OverflowError, OSError, RecursionError):
            return length(raw), None

    return decoder


def _short_string_length(raw: bytes) -> int:
    size = raw[0]
    return 1 + size


def _table_length(raw: bytes) -> int:
    size = int.from_bytes(raw[:4])
    return 4 + size


def install() -> None:
    """Have the client read leniently what a publisher may have written in any way.

    That is short strings, times and tables.
    """
    short = _lenient(decode.short_str, _short_string_length)
    table = _lenient(decode.field_table, _table_length)
    time = _lenient(decode.timestamp, lambda _: _TIME_LENGTH)

    decode.TABLE_MAPPING[b"T"] = time
    decode.METHODS |= {"shortstr": short, "table": table, "timestamp": time}
