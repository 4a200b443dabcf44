"""How a letter is read from its headers, and described."""

from typing import Any

import pytest
from hypothesis import given

from schemas.fingerprint import FORM
from schemas.properties import ReceivedProperties
from tests.schemas.tables import TABLES
from tests.workers.letters import (
    HOUR,
    ONE_TOPIC,
    PATTERN,
    RUNG,
    UNROUTED,
    letter,
    properties,
    unrouted,
    waiting,
)
from workers.letter import Letter, Source
from workers.letter_rows import page, row, waiting_row

DEAD: dict[str, Any] = {
    "webhook_shop": "a shop",
    "webhook_reason": "rejected",
    "webhook_attempt": 3,
    "webhook_error": "Reject: closed",
    "webhook_died_ms": 1_800_000_000_000,
    "webhook_fingerprint": "01234567",
}
ROW = {
    "id": "w1",
    "consumer": "erp",
    "topic": "orders/create",
    "shop": "a shop",
    "reason": "rejected",
    "group": "01234567",
    "attempt": 3,
    "replays": 0,
    "died": "2027-01-15T08:00:00+00:00",
    "error": "Reject: closed",
}

NOW = 1_800_000_000_000


def test_a_row_says_of_a_letter_what_fits_a_line() -> None:
    assert ROW == row(letter(**DEAD))


def test_a_letter_that_does_not_say_when_it_died_has_no_time() -> None:
    assert "" == row(letter())["died"]


def test_a_page_adds_the_body_the_traceback_and_every_other_header() -> None:
    described = properties(webhook_traceback="line 1", of_a_stranger="x")
    dead = Letter.of(Source.dead(ONE_TOPIC), described)
    assert row(dead) | {
        "queue": ONE_TOPIC.dead,
        "content_type": "application/json",
        "traceback": "line 1",
        "headers": {"webhook-id": "w1", "of-a-stranger": "x"},
        "body": '{"id": 1}',
    } == page(dead, described, b'{"id": 1}')


def test_unrouted_webhooks_are_of_one_group_a_topic() -> None:
    orders = unrouted("orders/create")
    assert "unrouted" == orders.reason
    assert orders.group == unrouted("orders/create", webhook_id="w2").group
    assert orders.group != unrouted("carts/create").group


def test_what_waits_says_whose_it_is_which_attempt_comes_and_when() -> None:
    waits = waiting(
        webhook_attempt=3,
        webhook_shop="a shop",
        webhook_error="KeyError: 'x'",
        webhook_waiting_ms=NOW - 600_000,
    )
    assert PATTERN == waits.work
    assert {
        "id": "w1",
        "consumer": "mail",
        "topic": "orders/paid",
        "shop": "a shop",
        "attempt": 3,
        "due": "2027-01-15T08:50:00+00:00",
        "due_in": "50m",
        "behind": 0,
        "error": "KeyError: 'x'",
    } == waiting_row(waits, NOW)


@pytest.mark.parametrize(
    ("headers", "due_in"),
    [
        ({}, ""),
        ({"webhook_waiting_ms": NOW - 2 * HOUR * 1000}, "0s"),
        ({"webhook_waiting_ms": NOW, "webhook_due_ms": NOW + 50 * HOUR * 1000}, "2d2h"),
    ],
    ids=["of an older version", "held by a look", "longer than the last rung"],
)
def test_when_it_is_due_is_told_by_what_it_says(headers: dict[str, Any], due_in: str) -> None:
    assert due_in == waiting_row(waiting(**headers), NOW)["due_in"]


def test_what_strangers_put_on_a_rung_belongs_to_no_queue() -> None:
    stray = waiting("a key of strangers")
    assert (None, "") == (stray.work, stray.consumer)


@given(TABLES)
def test_any_headers_are_read_as_a_letter(headers: dict[str, Any]) -> None:
    for source in (Source.dead(ONE_TOPIC), UNROUTED, RUNG):
        found = Letter.of(source, ReceivedProperties(headers=headers))
        assert FORM.fullmatch(found.group)
        assert str(row(found))
        assert str(waiting_row(found, NOW))
