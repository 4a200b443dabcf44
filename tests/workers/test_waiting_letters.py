"""How what waits for another attempt is read from its rung."""

from typing import Any

import pytest

from schemas.properties import ReceivedProperties
from tests.workers.letters import PATTERN
from workers.dead_letters import Filter
from workers.letter import Letter, Source
from workers.letter_rows import waiting_row

NOW = 1_800_000_000_000
HOUR = 3_600


def waiting(key: str = PATTERN.name, **headers: Any) -> Letter:
    """Return what waits an hour for its third attempt, with further headers."""
    own = {"webhook-id": "w1", "webhook-attempt": 3, "webhook-error": "KeyError: 'x'"}
    written = {name.replace("_", "-"): value for name, value in headers.items()}
    properties = ReceivedProperties(type="orders/paid", headers=own | written)
    return Letter.of(Source.rung("app", HOUR), properties, key)


def test_it_says_whose_it_is_and_when_it_is_due() -> None:
    letter = waiting(webhook_waiting_ms=NOW - 600_000, webhook_shop="s")
    assert PATTERN == letter.work
    assert {
        "id": "w1",
        "consumer": "mail",
        "topic": "orders/paid",
        "shop": "s",
        "attempt": 3,
        "due": "50m",
        "rung": "3600s",
        "error": "KeyError: 'x'",
    } == waiting_row(letter, NOW)


@pytest.mark.parametrize(
    ("headers", "due"),
    [
        ({}, ""),
        ({"webhook_waiting_ms": NOW - 2 * HOUR * 1000}, "0s"),
        ({"webhook_waiting_ms": NOW, "webhook_due_ms": NOW + 50 * HOUR * 1000}, "2d2h"),
    ],
    ids=["of an older worker", "held by the look itself", "longer than the last rung"],
)
def test_when_it_is_due_is_told_where_it_says_so(headers: dict[str, Any], due: str) -> None:
    assert due == waiting_row(waiting(**headers), NOW)["due"]


@pytest.mark.parametrize(
    ("wanted", "is_taken"),
    [
        (Filter("mail"), True),
        (Filter("erp"), False),
        (Filter(topic="orders/*"), True),
        (Filter(topic="orders/paid"), True),
        (Filter(topic="orders/create"), False),
        (Filter(error="keyerror"), True),
    ],
)
def test_a_filter_takes_it_by_its_queue_and_by_its_own_topic(
    wanted: Filter, is_taken: bool
) -> None:
    assert is_taken is wanted.takes(waiting())


def test_what_was_put_on_a_rung_by_others_belongs_to_no_queue() -> None:
    letter = waiting("a key of others")
    assert (None, "") == (letter.work, letter.consumer)
