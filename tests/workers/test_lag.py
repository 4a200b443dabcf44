"""How long the oldest webhook of a queue has waited: what one worker can say of it."""

import math
from typing import Any

import pytest

from tests.workers.fakes import NOW
from workers.lag import STALE, Lag

SECOND = 1_000
FRESH = {"webhook-received-ms": NOW - 300 * SECOND}
"""Taken in five minutes ago."""


def taken(headers: dict[str, Any], *, ago: int = 0) -> Lag:
    """Return what is known where a webhook was taken so many seconds ago."""
    lag = Lag(NOW - 3_600 * SECOND)
    lag.taken_ms = NOW - ago * SECOND
    lag.headers = headers
    return lag


def test_where_places_are_free_nothing_waits() -> None:
    assert 0 == taken(FRESH).seconds(NOW, is_consuming=True, is_full=False)


def test_where_all_places_are_taken_others_wait_as_long_as_the_one_taken_last() -> None:
    lag = taken(FRESH, ago=10)
    assert 290 == lag.seconds(NOW, is_consuming=True, is_full=True)


def test_one_that_runs_for_long_alone_is_no_lag() -> None:
    lag = taken({"webhook-received-ms": NOW - 600 * SECOND}, ago=600)
    lag.looked(NOW - 5 * SECOND, ready=0)
    assert 0 == lag.seconds(NOW, is_consuming=True, is_full=True)
    assert 0 == lag.seconds(NOW, is_consuming=False, is_full=False)


@pytest.mark.parametrize("consuming", [True, False])
def test_what_a_look_found_since_waits_since_the_one_taken_last_came(consuming: bool) -> None:
    lag = taken(FRESH, ago=100)
    lag.looked(NOW - 5 * SECOND, ready=1)
    assert 300 == lag.seconds(NOW, is_consuming=consuming, is_full=True)
    assert 310 == lag.seconds(NOW + 10 * SECOND, is_consuming=consuming, is_full=True)


def test_what_a_look_found_waits_no_longer_than_since_a_look_that_found_nothing() -> None:
    lag = taken(FRESH, ago=100)
    lag.looked(NOW - 20 * SECOND, ready=0)
    lag.looked(NOW - 5 * SECOND, ready=1)
    assert 20 == lag.seconds(NOW, is_consuming=True, is_full=True)


def test_where_nobody_ever_took_one_it_is_at_least_the_time_that_we_have_looked() -> None:
    lag = Lag(NOW - 45 * SECOND)
    assert math.isnan(lag.seconds(NOW, is_consuming=False, is_full=False))
    lag.looked(NOW - 30 * SECOND, ready=3)
    lag.looked(NOW - 15 * SECOND, ready=3)
    assert 45 == lag.seconds(NOW, is_consuming=False, is_full=False)


def test_a_webhook_taken_since_a_look_makes_it_old_news() -> None:
    lag = taken(FRESH)
    lag.looked(NOW - 5 * SECOND, ready=9)
    assert 0 == lag.seconds(NOW, is_consuming=True, is_full=False)


def test_a_look_of_long_ago_says_nothing() -> None:
    lag = taken(FRESH, ago=1_000)
    lag.looked(NOW - STALE, ready=9)
    assert math.isnan(lag.seconds(NOW, is_consuming=False, is_full=False))


@pytest.mark.parametrize(
    "detour",
    [
        {"webhook-first-ms": NOW - 200 * SECOND, "webhook-attempt": 2},
        {"webhook-replays": 1},
        {"webhook-adopted": 1},
        {"webhook-due-ms": NOW - 1},
        {"webhook-crashes": 2},
    ],
    ids=["retried", "replayed", "adopted", "due later", "aside"],
)
def test_what_waited_elsewhere_is_no_measure_of_the_queue(detour: dict[str, int]) -> None:
    assert 0 == taken(FRESH | detour).seconds(NOW, is_consuming=True, is_full=True)


def test_a_clock_of_the_ingress_that_is_ahead_makes_no_negative_lag() -> None:
    ahead = {"webhook-received-ms": NOW + 60 * SECOND}
    assert 0 == taken(ahead).seconds(NOW, is_consuming=True, is_full=True)
    lag = taken(ahead, ago=10)
    lag.looked(NOW - 5 * SECOND, ready=1)
    assert 10 == lag.seconds(NOW, is_consuming=True, is_full=True)
