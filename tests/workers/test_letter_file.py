"""Letters in a file: what is written reads back, and what is none is refused by its line."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import headers as webhook_headers
from schemas.dead_letter import DeadLetter
from schemas.letter_lines import BadLine
from schemas.properties import ReceivedProperties
from tests.schemas.tables import TABLES
from tests.workers.letters import ONE_TOPIC, UNROUTED, properties
from workers.letter import Source
from workers.letter_file import letters_in, line_of

DEAD = Source.dead(ONE_TOPIC)
LINE = line_of("app", DEAD, ONE_TOPIC.name, properties(webhook_reason="rejected"), b"\x00{")


def test_a_letter_reads_back_as_it_was() -> None:
    (stored,) = letters_in([LINE], "app")
    assert (DEAD, ONE_TOPIC.name, b"\x00{") == (stored.source, stored.routing_key, stored.body)
    assert ("application/json", "orders/create") == (
        stored.properties.content_type,
        stored.properties.type,
    )
    assert "rejected" == stored.properties.headers["webhook-reason"]


def test_a_letter_of_the_brokers_own_keeps_its_reason_and_its_time() -> None:
    died = datetime(2026, 11, 23, tzinfo=UTC)
    described = properties()
    described.headers["x-death"] = [{"time": died}]
    (stored,) = letters_in([line_of("app", DEAD, ONE_TOPIC.name, described, b"")], "app")
    assert DeadLetter.read(described.headers, "erp") == DeadLetter.read(
        stored.properties.headers, "erp"
    )
    assert "x-death" not in stored.properties.headers


def test_an_unrouted_webhook_keeps_its_routing_key() -> None:
    line = line_of("app", UNROUTED, "orders.create.17", properties(), b"{}")
    (stored,) = letters_in([line], "app")
    assert (UNROUTED, "orders.create.17") == (stored.source, stored.routing_key)
    assert "webhook-reason" not in stored.properties.headers


@pytest.mark.parametrize("cut", [1, 10, len(LINE) - 1])
def test_a_last_line_that_was_not_written_to_its_end_is_passed_over(cut: int) -> None:
    assert 1 == len(list(letters_in([LINE, LINE[:cut]], "app")))


def changed(**values: Any) -> bytes:
    """Return a line with other values."""
    return json.dumps(json.loads(LINE) | values).encode() + b"\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"\n", "line 2"),
        (b"[]\n", "version 1"),
        (b"[" * 100_000 + b"\n", "line 2"),
        (changed(v=2), "version 1"),
        (changed(app="other"), "of app 'other'"),
        (changed(queue="other.erp.orders.create"), "no queue of app"),
        (changed(queue="erp"), "no queue of app"),
        (changed(queue=5), "queue is no text"),
        (changed(routing_key=None), "routing_key is no text"),
        (changed(body="é"), "line 2"),
        (changed(body="abc"), "no base64"),
        (changed(headers=[]), "headers are no object"),
        (changed(timestamp="now"), "timestamp"),
        (changed(type=5), "type is no text"),
        (b"{}\n", "version 1"),
        (b'{"v": 1}\n', "line 2"),
    ],
)
def test_a_line_that_holds_no_letter_is_named(line: bytes, told: str) -> None:
    with pytest.raises(BadLine) as caught:
        list(letters_in([LINE, line, LINE], "app"))
    assert told in str(caught.value)
    assert str(caught.value).startswith("line 2 holds no letter")
    assert len(str(caught.value)) < 400


@given(TABLES, st.binary(), st.text())
def test_whatever_lies_in_a_queue_can_be_stored_and_read_back(
    headers: dict[str, Any], body: bytes, key: str
) -> None:
    described = ReceivedProperties(headers=headers)
    for source in (DEAD, UNROUTED):
        (stored,) = letters_in([line_of("app", source, key, described, body)], "app")
        assert (body, key) == (stored.body, stored.routing_key)
        if source is UNROUTED:
            assert webhook_headers.kept(headers) == stored.properties.headers
