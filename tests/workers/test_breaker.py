"""Breakers: when one opens, how long for, what closes it, and what one learns of another."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.breaker import STANDARD, BadBreaker, Breaker
from workers.circuit import Circuit, Position

NOW = 1_764_000_000_000
CLOSED, PROBING, OPEN = Position.CLOSED, Position.PROBING, Position.OPEN


def told(story: str, circuit: Circuit, at: int = NOW, every: int = 100) -> int:
    """Have attempts end, so many milliseconds apart: `x` failed, `.` succeeded; return the time
    of the last.
    """
    for sign in story:
        at += every
        circuit.ended(failed=sign == "x", now_ms=at)
    return at


@pytest.mark.parametrize(
    ("story", "every", "position"),
    [
        ("", 100, CLOSED),
        ("x" * 19, 100, CLOSED),
        ("x" * 20, 100, OPEN),
        ("." * 2 + "x" * 18, 100, OPEN),
        ("." * 3 + "x" * 17, 100, CLOSED),
        ("." * 3 + "x" * 26, 100, CLOSED),
        ("." * 3 + "x" * 27, 100, OPEN),
        ("." * 500, 100, CLOSED),
        ("." * 500 + "x" * 89, 100, CLOSED),  # of the last hundred too few
        ("." * 500 + "x" * 90, 100, OPEN),
        ("." * 500 + "x" * 90, 1, OPEN),
        ("x" * 20, 3_200, CLOSED),  # nineteen in a minute
        ("x" * 20, 3_100, OPEN),
        ("x" * 500, 10_000, CLOSED),
    ],
)
def test_it_opens_once_nearly_all_of_enough_attempts_of_a_minute_failed(
    story: str, every: int, position: Position
) -> None:
    circuit = Circuit(STANDARD)
    at = told(story, circuit, every=every)
    assert position == circuit.position(at)


def opened(times: int = 1) -> tuple[Circuit, int]:
    """Return a breaker that has opened so often in a row, and the time."""
    circuit = Circuit(STANDARD)
    at = told("x" * 20, circuit)
    for _ in range(times - 1):
        at = told("x", circuit, circuit.until_ms)
    return circuit, at


@pytest.mark.parametrize(
    ("times", "seconds"), [(1, 30), (2, 60), (3, 120), (5, 480), (6, 900), (7, 900), (99, 900)]
)
def test_it_stays_open_twice_as_long_each_time_up_to_a_quarter_of_an_hour(
    times: int, seconds: int
) -> None:
    circuit, at = opened(times)
    assert at + seconds * 1000 == circuit.until_ms
    assert times == circuit.times
    assert OPEN == circuit.position(circuit.until_ms - 1)
    assert PROBING == circuit.position(circuit.until_ms)


def test_three_probes_that_succeed_close_it_and_it_begins_anew() -> None:
    circuit, _ = opened(4)
    at = told("..", circuit, circuit.until_ms)
    assert PROBING == circuit.position(at)
    assert CLOSED == circuit.ended(failed=False, now_ms=at)
    told("x" * 19, circuit, at)
    assert CLOSED == circuit.position(at + 2_000)
    assert OPEN == circuit.ended(failed=True, now_ms=at + 2_000)
    assert at + 32_000 == circuit.until_ms


def test_a_probe_that_fails_opens_it_though_others_succeeded_before() -> None:
    circuit, _ = opened()
    at = told("..", circuit, circuit.until_ms)
    assert OPEN == circuit.ended(failed=True, now_ms=at)
    at = told("..", circuit, circuit.until_ms)
    assert PROBING == circuit.position(at)


def test_what_had_begun_before_it_opened_changes_nothing() -> None:
    circuit, at = opened()
    until_ms = circuit.until_ms
    told("x" * 50 + "." * 50, circuit, at, every=1)
    assert (OPEN, until_ms, 1) == (circuit.position(at + 200), circuit.until_ms, circuit.times)


def test_what_another_worker_found_out_opens_it_here_and_its_probes_close_it() -> None:
    circuit = Circuit(STANDARD)
    circuit.hear_opened(NOW + 60_000, 2, NOW)
    assert (OPEN, NOW + 60_000) == (circuit.position(NOW), circuit.until_ms)
    assert OPEN == circuit.ended(failed=True, now_ms=NOW + 60_000)
    assert 3 == circuit.times, "it goes on from where the other was"
    circuit.hear_closed(NOW + 70_000)
    assert CLOSED == circuit.position(NOW + 70_000)


def test_its_own_opening_heard_again_changes_nothing_not_even_while_it_probes() -> None:
    circuit, at = opened()
    circuit.hear_opened(circuit.until_ms, 1, at + 5)
    assert OPEN == circuit.position(at + 5)
    at = told(".", circuit, circuit.until_ms)
    circuit.hear_opened(circuit.until_ms, 1, at)
    assert PROBING == circuit.position(at)


def test_while_it_probes_another_ones_probe_that_failed_opens_it() -> None:
    circuit, _ = opened()
    at = circuit.until_ms
    assert PROBING == circuit.position(at)
    circuit.hear_opened(at + 60_000, 2, at + 1)
    assert OPEN == circuit.position(at + 2)


def test_a_closing_of_before_it_opened_does_not_close_it() -> None:
    circuit, at = opened()
    circuit.hear_closed(at - 1)
    assert OPEN == circuit.position(at)


@pytest.mark.parametrize(
    ("ago_s", "position"), [(0, PROBING), (60, PROBING), (899, PROBING), (901, CLOSED)]
)
def test_an_opening_that_is_over_makes_one_careful_unless_it_is_long_ago(
    ago_s: int, position: Position
) -> None:
    circuit = Circuit(STANDARD)
    circuit.hear_opened(NOW - ago_s * 1000, 3, NOW)
    assert position == circuit.position(NOW)


def test_a_clock_that_is_years_ahead_opens_nobody_for_years() -> None:
    circuit = Circuit(STANDARD)
    circuit.hear_opened(2**53, 2**53, NOW)
    assert NOW + 900_000 == circuit.until_ms
    assert OPEN == circuit.ended(failed=True, now_ms=circuit.until_ms)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["x", ".", "opened", "closed"]),
            st.integers(0, 100_000),
            st.integers(-(2**53), 2**53),
        ),
        max_size=80,
    )
)
def test_whatever_happens_it_probes_again_within_a_quarter_of_an_hour(
    story: list[tuple[str, int, int]],
) -> None:
    circuit = Circuit(STANDARD)
    at = NOW
    for what, later, number in story:
        at += later
        match what:
            case "opened":
                circuit.hear_opened(number, number, at)
            case "closed":
                circuit.hear_closed(number)
            case _:
                circuit.ended(failed=what == "x", now_ms=at)
    assert circuit.position(at + 900_000) is not OPEN


@given(st.lists(st.sampled_from("x."), max_size=60))
def test_ten_successes_of_a_hundred_attempts_keep_it_closed(signs: list[str]) -> None:
    """Told again in the plainest way: no window of attempts within a minute has its share."""
    circuit = Circuit(STANDARD)
    at = NOW
    for number, sign in enumerate(signs, 1):
        at += 1_000
        circuit.ended(failed=sign == "x", now_ms=at)
        failures = signs[:number].count("x")
        should_open = number >= 20 and failures >= 0.9 * number
        assert should_open == (circuit.position(at) is OPEN)
        if should_open:
            return


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"attempts": 0}, "attempts is a whole number from 1 on"),
        ({"attempts": 2.5}, "attempts is a whole number"),
        ({"attempts": True}, "attempts is a whole number"),
        ({"seconds": 0}, "seconds is a number of seconds"),
        ({"seconds": "60"}, "seconds is a number of seconds"),
        ({"pause": -1}, "pause is a number of seconds"),
        ({"pause": float("nan")}, "pause is a number of seconds"),
        ({"longest": float("inf")}, "longest is a number of seconds"),
        ({"share": 0}, "share is above 0 and at most 1"),
        ({"share": 90}, "share is above 0 and at most 1, such as 0.9, not 90"),
        ({"pause": 60, "longest": 30}, r"longest \(30 s\) is shorter than pause"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(options: dict[str, Any], told: str) -> None:
    with pytest.raises(BadBreaker, match=told):
        Breaker(**options)


def test_a_breaker_says_when_it_opens() -> None:
    assert (
        "opens when 90 % of 20 attempts or more fail within 60 s, for 30 s to 900 s"
        == str(STANDARD)
    )  # fmt: skip
