"""Turns come evenly, and never more of them than the rate has."""

import math

from hypothesis import given
from hypothesis import strategies as st

from workers.turns import SLACK, Turns


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return what it shows."""
        return self.now


def taken(turns: Turns, clock: Clock, steps: list[float]) -> int:
    """Let so much time go by, step for step, and take each turn that is there."""
    count = 0
    for step in steps:
        clock.now += step
        while not turns.seconds_left:
            turns.take()
            count += 1
    return count


def test_without_a_rate_there_is_always_a_turn() -> None:
    turns = Turns()
    turns.take()
    assert 0.0 == turns.seconds_left


def test_each_turn_comes_so_long_after_the_one_before() -> None:
    clock = Clock()
    turns = Turns(clock)
    turns.space(10.0)
    turns.take()
    clock.now += 4.0
    assert SLACK + 5.0 >= turns.seconds_left > 0
    clock.now += turns.seconds_left
    assert 0.0 == turns.seconds_left


def test_no_turn_comes_before_it_is_known_how_many_share_the_rate() -> None:
    clock = Clock()
    turns = Turns(clock)
    turns.space(math.inf)
    clock.now += 1e9
    assert math.inf == turns.seconds_left
    turns.space(10.0)
    assert 0.0 == turns.seconds_left


def test_a_higher_rate_takes_effect_at_once() -> None:
    clock = Clock()
    turns = Turns(clock)
    turns.space(3_600.0)
    turns.take()
    turns.space(2.0)
    assert turns.seconds_left <= 2.0


@given(
    st.floats(0.01, 100),
    st.lists(st.floats(0, 50), min_size=1, max_size=30),
)
def test_in_no_time_are_more_taken_than_the_rate_has(every: float, steps: list[float]) -> None:
    clock = Clock()
    turns = Turns(clock)
    turns.space(every)
    assert taken(turns, clock, steps) <= (sum(steps) + SLACK) / every + 2


@given(st.floats(0.05, 5), st.integers(10, 200))
def test_who_asks_often_enough_gets_them_all(every: float, asked: int) -> None:
    clock = Clock()
    turns = Turns(clock)
    turns.space(every)
    steps = [SLACK / 2] * asked
    assert taken(turns, clock, steps) >= math.floor(sum(steps) / every)
