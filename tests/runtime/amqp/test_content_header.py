"""Content headers: read as the client library reads them, or left to it."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import commands, header

from runtime.amqp.content_header import (
    UnknownField,
    body_size,
    find_integer,
    integer_field,
    read,
)
from runtime.amqp.encode import encode_headers
from schemas.properties import ReceivedProperties
from tests.runtime.amqp.fields import SHORT, TABLE


def written(size: int, **properties: Any) -> bytes:
    """Write a content header's payload with the client library."""
    return header.ContentHeader(
        body_size=size, properties=commands.Basic.Properties(**properties)
    ).marshal()


@given(TABLE, SHORT, SHORT, SHORT, st.integers(0, 2**32 - 1), st.integers(0, 2**40))
def test_what_the_library_wrote_is_read(
    headers: dict[str, Any], content_type: str, kind: str, identity: str, timestamp: int, size: int
) -> None:
    raw = b"before" + written(
        size,
        content_type=content_type,
        headers=headers,
        delivery_mode=2,
        priority=3,
        correlation_id="c",
        reply_to="r",
        expiration="1",
        message_id=identity,
        timestamp=datetime.fromtimestamp(timestamp, UTC),
        message_type=kind,
        user_id="guest",
        app_id="app",
    )
    found = read(raw, 6)

    assert size == body_size(raw, 6)
    assert headers == found.headers
    assert content_type == (found.content_type or "")
    assert kind == (found.type or "")
    assert identity == (found.message_id or "")
    assert "app" == found.app_id
    assert timestamp == found.timestamp


def test_nothing_described_is_nothing_read() -> None:
    assert ReceivedProperties() == read(written(0), 0)


@pytest.mark.parametrize(
    "value", [True, None, 1.5, Decimal("1.5"), [1], {"a": 1}, datetime(2026, 1, 1, tzinfo=UTC)]
)
def test_a_table_of_other_types_is_left_to_the_library(value: Any) -> None:
    with pytest.raises(UnknownField):
        read(written(0, headers={"odd": value}), 0)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_left(raw: bytes) -> None:
    with suppress(UnknownField):
        assert isinstance(read(raw, 0), ReceivedProperties)


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_number_is_found_without_reading_all_else(number: int) -> None:
    head = encode_headers({"before": "x", "x-stream-offset": number, "behind": 7})
    behind = encode_headers({"x-other": 1})
    raw = b"...." + head + behind
    found = partial(find_integer, buffer=raw, start=4, end=4 + len(head))
    assert number == found(integer_field("x-stream-offset"))
    assert 7 == found(integer_field("behind"))
    assert 0 == found(integer_field("x-other"))
