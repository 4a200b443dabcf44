"""Circuits: when one opens, how long for, what closes it, and what one learns of another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.breaker import STANDARD
from workers.circuit import Circuit, Position

NOW = 5_000.0
CLOSED, PROBING, OPEN = Position.CLOSED, Position.PROBING, Position.OPEN


def told(story: str, circuit: Circuit, at: float = NOW, every: float = 0.1) -> float:
    """Have attempts begin and end, so many seconds apart: `x` failed, `.` succeeded.

    Return the time of the last.
    """
    for sign in story:
        at += every
        circuit.ended(failed=sign == "x", began=at, now=at)
    return at


@pytest.mark.parametrize(
    ("story", "every", "position"),
    [
        ("", 0.1, CLOSED),
        ("x" * 19, 0.1, CLOSED),
        ("x" * 20, 0.1, OPEN),
        ("." * 2 + "x" * 18, 0.1, OPEN),
        ("." * 3 + "x" * 17, 0.1, CLOSED),
        ("." * 3 + "x" * 26, 0.1, CLOSED),
        ("." * 3 + "x" * 27, 0.1, OPEN),
        ("." * 500, 0.1, CLOSED),
        ("." * 500 + "x" * 35, 0.1, CLOSED),  # of the last forty too few
        ("." * 500 + "x" * 36, 0.1, OPEN),
        ("." * 500 + "x" * 36, 0.001, OPEN),
        ("x" * 20, 3.2, CLOSED),  # nineteen in a minute
        ("x" * 20, 3.1, OPEN),
        ("x" * 500, 10, CLOSED),
    ],
)
def test_it_opens_once_nearly_all_of_enough_attempts_of_a_minute_failed(
    story: str, every: float, position: Position
) -> None:
    circuit = Circuit(STANDARD)
    at = told(story, circuit, every=every)
    assert position == circuit.position(at)


def opened(times: int = 1) -> tuple[Circuit, float]:
    """Return a breaker that has opened so often in a row, and the time."""
    circuit = Circuit(STANDARD)
    at = told("x" * 20, circuit)
    for _ in range(times - 1):
        at = told("x", circuit, circuit.until)
    return circuit, at


@pytest.mark.parametrize(("times", "seconds"), [(1, 30), (2, 60), (5, 480), (6, 900), (99, 900)])
def test_it_stays_open_for_its_time_and_is_tried_then(times: int, seconds: int) -> None:
    circuit, at = opened(times)
    assert (times, at + seconds) == (circuit.times, circuit.until)
    assert OPEN == circuit.position(circuit.until - 0.001)
    assert PROBING == circuit.position(circuit.until)


def test_three_probes_that_succeed_close_it_and_it_begins_anew() -> None:
    circuit, _ = opened(4)
    at = told("..", circuit, circuit.until)
    assert PROBING == circuit.position(at)
    assert CLOSED == circuit.ended(failed=False, began=at, now=at)
    at = told("x" * 19, circuit, at)
    assert CLOSED == circuit.position(at)
    assert OPEN == circuit.ended(failed=True, began=at, now=at)
    assert at + 30 == circuit.until


def test_a_probe_that_fails_opens_it_though_others_succeeded_before() -> None:
    circuit, _ = opened()
    at = told("..", circuit, circuit.until)
    assert OPEN == circuit.ended(failed=True, began=at, now=at)
    at = told("..", circuit, circuit.until)
    assert PROBING == circuit.position(at)


@pytest.mark.parametrize("failed", [True, False])
@pytest.mark.parametrize("later", [0.5, 40], ids=["while it is open", "while it probes"])
def test_what_had_begun_before_it_opened_says_nothing_whenever_it_ends(
    later: float, failed: bool
) -> None:
    circuit, at = opened()
    before = circuit.position(at + later)
    for _ in range(50):
        assert circuit.ended(failed=failed, began=at - 1, now=at + later) is None
    assert (before, 1) == (circuit.position(at + later), circuit.times)


def test_what_had_begun_before_it_closed_does_not_open_it() -> None:
    circuit, _ = opened()
    began = circuit.until
    at = told("...", circuit, circuit.until)
    for _ in range(50):
        circuit.ended(failed=True, began=began, now=at)
    assert CLOSED == circuit.position(at)


def test_what_another_worker_found_out_opens_it_here_and_its_probes_close_it() -> None:
    circuit = Circuit(STANDARD)
    circuit.hear_opened(60, 2, NOW)
    assert (OPEN, NOW + 60) == (circuit.position(NOW), circuit.until)
    at = told("x", circuit, circuit.until)
    assert 3 == circuit.times, "it goes on from where the other was"
    assert at + 120 == circuit.until
    circuit.hear_closed(at + 1)
    assert CLOSED == circuit.position(at + 1)


def test_one_waits_longer_than_the_worker_that_is_to_probe() -> None:
    circuit = Circuit(STANDARD)
    circuit.hear_opened(30, 1, NOW, patience=40)
    assert OPEN == circuit.position(NOW + 69)
    assert PROBING == circuit.position(NOW + 70)


@pytest.mark.parametrize(
    ("ago", "position"), [(0, OPEN), (39, OPEN), (40, PROBING), (1_000_000, PROBING)]
)
def test_an_opening_whose_time_is_over_and_that_nobody_closed_is_tried_with_care(
    ago: float, position: Position
) -> None:
    circuit = Circuit(STANDARD)
    circuit.hear_opened(-ago, 3, NOW, patience=40)
    assert position == circuit.position(NOW)


def test_a_closing_that_is_heard_while_it_is_closed_makes_nothing_forgotten() -> None:
    circuit = Circuit(STANDARD)
    at = told("x" * 19, circuit)
    circuit.hear_closed(at)
    told("x", circuit, at)
    assert 1 == circuit.times


def test_a_clock_that_is_years_ahead_opens_nobody_for_years() -> None:
    circuit = Circuit(STANDARD)
    circuit.hear_opened(2**40, 2**53, NOW)
    assert NOW + 900 == circuit.until
    assert OPEN == circuit.ended(failed=True, began=circuit.until, now=circuit.until)


HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["x", ".", "opened", "closed"]),
        st.floats(0, 100),
        st.integers(-(2**53), 2**53),
    ),
    max_size=80,
)


@given(HAPPENINGS)
def test_whatever_happens_it_is_tried_again_within_a_quarter_of_an_hour(
    story: list[tuple[str, float, int]],
) -> None:
    circuit = Circuit(STANDARD)
    at = NOW
    for what, later, number in story:
        at += later
        match what:
            case "opened":
                circuit.hear_opened(number, number, at, patience=60)
            case "closed":
                circuit.hear_closed(at)
            case _:
                circuit.ended(failed=what == "x", began=at - number % 50, now=at)
    assert circuit.position(at + 960) is not OPEN


@given(st.lists(st.tuples(st.sampled_from("xxxx."), st.floats(0, 9)), max_size=150))
def test_it_opens_at_the_first_moment_at_which_enough_of_the_last_failed(
    story: list[tuple[str, float]],
) -> None:
    """Told again in the plainest way, from the whole list each time."""
    circuit = Circuit(STANDARD)
    at = NOW
    ended: list[tuple[float, str]] = []
    for sign, later in story:
        at += later
        ended.append((at, sign))
        last = [one for when, one in ended if when >= at - 60][-40:]
        should_open = len(last) >= 20 and 10 * last.count("x") >= 9 * len(last)
        moved = circuit.ended(failed=sign == "x", began=at, now=at)
        assert should_open == (moved is OPEN)
        if should_open:
            return
