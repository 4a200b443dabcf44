"""What headers a message keeps, and what a dead letter's say."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aiormq import spec
from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letter import DeadLetter, Reason, replayed
from schemas.headers import MAX_TABLE, kept

LETTER = DeadLetter("erp", Reason.REJECTED, 3, 1_700_000_000_000, "Reject: no", "Traceback …", "host:1", 2)


def test_a_dead_letters_headers_read_back() -> None:
    assert LETTER == DeadLetter.read(LETTER.headers(), "erp")


@pytest.mark.parametrize("name", ["x-death", "x-first-death-queue", "X-Delivery-Count", "CC", "BCC", "cc"])
def test_the_brokers_headers_and_routing_instructions_are_not_republished(name: str) -> None:
    assert {"mine": 1} == kept({name: "forged", "mine": 1})


def test_a_letter_of_the_brokers_own_is_crashed_at_the_time_it_says() -> None:
    died = datetime(2026, 11, 23, tzinfo=UTC)
    letter = DeadLetter.read({"x-death": [{"time": died, "reason": "delivery_limit"}], "webhook-attempt": 2}, "erp")
    assert (Reason.CRASHED, 2, int(died.timestamp() * 1000)) == (letter.reason, letter.attempt, letter.died_ms)


def test_error_and_traceback_are_bounded_and_the_traceback_keeps_its_end() -> None:
    headers = DeadLetter("erp", Reason.REJECTED, 1, 1, "é" * 2000, "x" * 9000 + "the error").headers()
    assert len(str(headers["webhook-error"]).encode()) <= 1024
    assert len(str(headers["webhook-traceback"]).encode()) <= 8192
    assert str(headers["webhook-traceback"]).endswith("the error")


def test_a_replay_begins_again_and_is_counted() -> None:
    dead = {"webhook-id": "1", "webhook-first-ms": 5, "x-death": []} | LETTER.headers()
    assert {"webhook-id": "1", "webhook-consumer": "erp", "webhook-attempt": 1, "webhook-replays": 3} == replayed(dead)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.lists(st.integers())


@given(st.dictionaries(st.text(max_size=40), VALUES, max_size=9))
def test_whatever_is_kept_can_be_published(headers: dict[str, Any]) -> None:
    table = kept(headers)
    assert all(isinstance(value, str | int) for value in table.values())
    assert spec.Basic.Properties(headers=dict(table)).marshal()


def test_a_flood_of_headers_is_cut_to_what_a_frame_holds() -> None:
    assert (
        len(spec.Basic.Properties(headers=dict(kept({f"h{n}": "x" * 5000 for n in range(99)}))).marshal())
        < 2 * MAX_TABLE
    )
