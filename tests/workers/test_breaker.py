"""What a breaker may be, and what is said of it."""

from typing import Any

import pytest

from workers.breaker import STANDARD, BadBreaker, Breaker, told_breaker


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"attempts": 0}, "attempts is a whole number from 1 to 10000"),
        ({"attempts": 2.5}, "attempts is a whole number"),
        ({"attempts": True}, "attempts is a whole number"),
        ({"within": 0}, "within is a number of seconds"),
        ({"within": "60"}, "within is a number of seconds"),
        ({"open_for": -1}, "open_for is a number of seconds"),
        ({"open_for": float("nan")}, "open_for is a number of seconds"),
        ({"longest": float("inf")}, "longest is a number of seconds"),
        ({"share": 0}, "share is above 0 and at most 1"),
        ({"share": 90}, "share is above 0 and at most 1, such as 0.9, and not 90"),
        ({"open_for": 60, "longest": 30}, r"longest \(30 s\) is shorter than open_for \(60 s\)"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(options: dict[str, Any], told: str) -> None:
    with pytest.raises(BadBreaker, match=told):
        Breaker(**options)


@pytest.mark.parametrize(
    ("times", "seconds"),
    [(0, 30), (1, 30), (2, 60), (3, 120), (5, 480), (6, 900), (7, 900), (2**60, 900)],
)
def test_it_is_open_twice_as_long_each_time_up_to_a_quarter_of_an_hour(
    times: int, seconds: int
) -> None:
    assert seconds == STANDARD.seconds_open(times)


def test_a_breaker_says_when_it_opens() -> None:
    assert told_breaker(STANDARD) == (
        "breaker opens when 90 % of 20 attempts or more fail within 60 s, for 30 to 900 s"
    )
    assert told_breaker(None) == "no breaker"
