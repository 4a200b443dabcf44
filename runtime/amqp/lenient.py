"""Reading any properties: where the AMQP client's decoder raises, the value is lost instead of the
link.

The client decodes a message before anybody is asked whose it is. A header named in Latin-1 or a
time past the year 9999 ended the connection, and with it every run of the process; the broker
delivered the same message again to the next one.
"""

from collections.abc import Callable
from typing import Any

from pamqp import decode

Decoder = Callable[..., tuple[int, Any]]


def _lenient(strict: Decoder, length: Callable[[bytes], int]) -> Decoder:
    def decoder(raw: bytes) -> tuple[int, Any]:
        try:
            return strict(raw)
        except (ValueError, OverflowError, OSError, RecursionError):
            return length(raw), None

    return decoder


def install() -> None:
    """Have the client read leniently what a publisher may have written in any way: short strings,
    times and tables.
    """
    table = _lenient(decode.field_table, lambda raw: 4 + int.from_bytes(raw[:4]))
    time = decode.TABLE_MAPPING[b"T"] = _lenient(decode.timestamp, lambda _: 8)
    decode.METHODS |= {
        "shortstr": _lenient(decode.short_str, lambda raw: 1 + raw[0]),
        "table": table,
        "timestamp": time,
    }
