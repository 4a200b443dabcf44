"""Reading properties that the AMQP client's own decoder raises on."""

from struct import pack
from typing import Any

import pytest
from pamqp.header import ContentHeader

from runtime.amqp import lenient


def table(raw: bytes) -> bytes:
    """Write a table's length before it."""
    return pack(">I", len(raw)) + raw


def nested(depth: int) -> bytes:
    """Write tables in tables."""
    raw = b""
    for _ in range(depth):
        raw = b"\1aF" + table(raw)
    return raw


@pytest.mark.parametrize(
    ("flag", "raw", "name", "value"),
    [
        (0x8000, b"\2\xff\xff", "content_type", None),
        (0x0040, b"\xff" * 8, "timestamp", None),
        (0x2000, table(b"\1\xffV"), "headers", None),
        (0x2000, table(nested(2000)), "headers", None),
        (0x2000, table(b"\1aT" + b"\xff" * 8 + b"\1bb\7"), "headers", {"a": None, "b": 7}),
        (0x2000, table(b"\1aT" + pack(">Q", 2**62)), "headers", {"a": None}),
    ],
    ids=[
        "text in Latin-1",
        "a time",
        "a name in Latin-1",
        "a deep table",
        "a header's time",
        "a time in another unit",
    ],
)
def test_what_cannot_be_read_is_lost_and_what_follows_it_is_not(
    flag: int, raw: bytes, name: str, value: Any
) -> None:
    lenient.install()
    header = ContentHeader()
    header.unmarshal(pack(">HxxQH", 60, 0, flag | 0x0008) + raw + b"\3app")
    assert (value, "app") == (getattr(header.properties, name), header.properties.app_id)
