"""What headers a message keeps, and what a dead letter's say."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aiormq import spec
from hypothesis import given

from schemas.dead_letter import DeadLetter, Reason, replayed
from schemas.headers import MAX_TABLE, kept
from tests.schemas.tables import TABLES

LETTER = DeadLetter(
    "erp", Reason.REJECTED, 3, 1_700_000_000_000, "Reject: no", "Traceback …", "host:1", 2
)


def test_a_dead_letters_headers_read_back() -> None:
    assert LETTER == DeadLetter.read(LETTER.headers(), "erp")


@pytest.mark.parametrize(
    "name", ["x-death", "x-first-death-queue", "X-Delivery-Count", "CC", "BCC", "cc"]
)
def test_the_brokers_headers_and_routing_instructions_are_not_republished(name: str) -> None:
    assert {"mine": 1} == kept({name: "forged", "mine": 1})


def test_a_letter_of_the_brokers_own_is_crashed_at_the_time_it_says() -> None:
    died = datetime(2026, 11, 23, tzinfo=UTC)
    letter = DeadLetter.read(
        {"x-death": [{"time": died, "reason": "delivery_limit"}], "webhook-attempt": 2}, "erp"
    )
    assert (Reason.CRASHED, 2, int(died.timestamp() * 1000)) == (
        letter.reason,
        letter.attempt,
        letter.died_ms,
    )


def test_error_and_traceback_are_bounded_and_the_traceback_keeps_its_end() -> None:
    headers = DeadLetter(
        "erp", Reason.REJECTED, 1, 1, "é" * 2000, "x" * 9000 + "the error"
    ).headers()
    assert len(str(headers["webhook-error"]).encode()) <= 1024
    assert len(str(headers["webhook-traceback"]).encode()) <= 8192
    assert str(headers["webhook-traceback"]).endswith("the error")


def test_a_replay_begins_again_and_is_counted() -> None:
    dead = {"webhook-id": "1", "webhook-first-ms": 5, "x-death": []} | LETTER.headers()
    assert {
        "webhook-id": "1",
        "webhook-consumer": "erp",
        "webhook-attempt": 1,
        "webhook-replays": 3,
        "webhook-first-died-ms": 1_700_000_000_000,
    } == replayed(dead)


def test_a_letter_that_dies_again_keeps_its_first_death_and_its_replay() -> None:
    back = replayed(LETTER.headers(), replay="INC-123", at_ms=1_700_000_100_000)
    assert ("INC-123", 1_700_000_100_000) == (back["webhook-replay"], back["webhook-replayed-ms"])

    again = DeadLetter("erp", Reason.EXHAUSTED, 2, 1_700_000_200_000, "KeyError: 'x'").headers()
    first_died = {"webhook-first-died-ms": back["webhook-first-died-ms"]}
    letter = DeadLetter.read(back | again | first_died, "erp")
    assert (1_700_000_000_000, 1_700_000_200_000) == (letter.first_died_ms, letter.died_ms)
    assert ("INC-123", 3, 1_700_000_100_000) == (back["webhook-replay"], 3, letter.replayed_ms)


def test_a_replay_that_passes_claims_says_its_name_and_the_next_one_does_not() -> None:
    back = replayed(LETTER.headers(), replay="INC-123", again=True)
    assert "INC-123" == back["webhook-again"]
    assert "webhook-again" not in replayed(back, replay="INC-124")


def test_a_letter_made_before_there_were_fingerprints_has_the_same_as_one_made_now() -> None:
    written = LETTER.headers()
    written.pop("webhook-fingerprint")
    written.pop("webhook-first-died-ms")
    assert LETTER == DeadLetter.read(written, "erp")


@pytest.mark.parametrize("written", ["", "0123456", "0123456G", "0123456789", "DEADBEEF", 1])
def test_what_is_no_fingerprint_is_made_anew(written: object) -> None:
    headers = LETTER.headers() | {"webhook-fingerprint": written}
    assert LETTER.fingerprint == DeadLetter.read(headers, "erp").fingerprint


def test_a_fingerprint_that_is_written_stands_though_another_version_would_make_another() -> None:
    headers = LETTER.headers() | {"webhook-fingerprint": "01234567"}
    assert "01234567" == DeadLetter.read(headers, "erp").fingerprint


def test_a_replayed_letter_that_the_broker_gives_up_on_is_of_the_group_of_those() -> None:
    died = datetime(2026, 11, 23, tzinfo=UTC)
    back = replayed(LETTER.headers()) | {"x-death": [{"time": died}]}
    letter = DeadLetter.read(back, "erp")
    assert DeadLetter.read({}, "erp").fingerprint == letter.fingerprint
    assert LETTER.fingerprint != letter.fingerprint


@given(TABLES)
def test_whatever_is_kept_can_be_published(headers: dict[str, Any]) -> None:
    table = kept(headers)
    assert all(isinstance(value, str | int) for value in table.values())
    assert spec.Basic.Properties(headers=dict(table)).marshal()


@given(TABLES)
def test_any_headers_read_as_a_dead_letter_that_can_be_replayed(headers: dict[str, Any]) -> None:
    letter = DeadLetter.read(headers, "erp")
    written = DeadLetter.read(
        kept(letter.headers()), "erp"
    )  # what strangers wrote is escaped, once
    assert written == DeadLetter.read(kept(written.headers()), "erp")
    assert letter.replays + 1 == replayed(headers)["webhook-replays"]
    assert spec.Basic.Properties(headers=dict(replayed(headers))).marshal()


@pytest.mark.parametrize(
    ("name", "value"),
    [("h{}", "x" * 5000), ("日本{}", 1), ("{}", None), ("{}é" + "é" * 200, 2**62)],
)
def test_a_flood_of_headers_is_cut_to_what_a_frame_holds(name: str, value: object) -> None:
    table = kept({name.format(number): value for number in range(20_000)})
    assert (
        MAX_TABLE // 2 < len(spec.Basic.Properties(headers=dict(table)).marshal()) <= MAX_TABLE + 6
    )


def test_a_name_is_cut_where_the_client_would_cut_it() -> None:
    assert {"é" * 64: 1} == kept({"é" * 65: 1})
