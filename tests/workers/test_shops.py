"""Of each shop so many at once, and so many in a time; other shops go on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.test_turns import Clock
from workers import shops
from workers.shops import Shops


def test_without_limits_all_come_in() -> None:
    every_shop = Shops()
    assert [None] * 100 == [every_shop.enter("a") for _ in range(100)]


def test_of_one_shop_so_many_are_in_at_once_and_of_another_too() -> None:
    two = Shops()
    two.at_once = 2
    assert [None, None, 0.0] == [two.enter("a") for _ in range(3)]
    assert two.enter("b") is None
    two.leave("a")
    assert [None, 0.0] == [two.enter("a") for _ in range(2)]


def test_an_attempt_of_a_shop_comes_so_long_after_the_one_before() -> None:
    clock = Clock()
    slow = Shops(clock)
    slow.every = 10.0
    assert [None, 9.0] == [slow.enter("a") for _ in range(2)]
    assert slow.enter("b") is None
    clock.now += 9.0
    assert slow.enter("a") is None


def test_what_is_too_much_at_once_takes_no_turn_of_its_shop() -> None:
    clock = Clock()
    both = Shops(clock)
    both.at_once = 1
    both.every = 10.0
    both.enter("a")
    clock.now += 60.0
    assert 0.0 == both.enter("a")
    both.leave("a")
    assert both.enter("a") is None


def test_shops_whose_turn_has_come_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shops, "REMEMBERED", 3)
    clock = Clock()
    slow = Shops(clock)
    slow.every = 10.0
    for number in range(100):
        slow.enter(f"shop {number}")
        slow.leave(f"shop {number}")
        clock.now += 100.0
    assert len(slow._next) <= 3
    assert not slow._held


@given(st.lists(st.sampled_from(["enter", "leave"]), max_size=60), st.integers(1, 4))
def test_never_are_more_in_than_may_be(moves: list[str], at_once: int) -> None:
    some = Shops()
    some.at_once = at_once
    inside = 0
    for move in moves:
        if move == "enter":
            inside += some.enter("a") is None
        elif inside:
            some.leave("a")
            inside -= 1
        assert inside <= at_once
