"""Webhooks whose worker died under them: how they are counted, and how long a suspect waits for its next turn."""

from typing import Any

import pytest

from workers.crash import LIMIT, ROUND, SUSPECT, crashes, pause, returns


@pytest.mark.parametrize(
    ("headers", "counted", "returned"),
    [
        ({}, 0, 0),
        ({"x-delivery-count": 1}, 1, 1),
        ({"webhook-crashes": 2}, 2, 0),
        ({"webhook-crashes": 2, "x-delivery-count": 1}, 3, 1),
        ({"webhook-crashes": "two", "x-delivery-count": None}, 0, 0),
    ],
)
def test_crashes_are_those_noted_and_those_the_broker_has_seen_since(
    headers: dict[str, Any], counted: int, returned: int
) -> None:
    assert (counted, returned) == (crashes(headers), returns(headers))


@pytest.mark.parametrize("count", range(SUSPECT, LIMIT))
def test_suspects_of_one_crash_are_spread_over_a_time_that_doubles(count: int) -> None:
    pauses = [pause(count) for _ in range(200)]
    longest = ROUND * 2 ** (count - SUSPECT)
    assert 0 <= min(pauses) < longest / 4
    assert longest * 3 / 4 < max(pauses) <= longest
