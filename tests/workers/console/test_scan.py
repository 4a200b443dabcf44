"""Looks that are shared: one at a time, kept for a while, anew where that is asked for."""

import asyncio
from typing import Any

import pytest

from workers.console import scan
from workers.console.news import News
from workers.console.scan import SAME_FOR, SharedScan
from workers.letter import Source
from workers.settings import SettingsError


class Clock:
    """A clock that the test sets."""

    now = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Have looks take place at the test's time."""
    clock = Clock()
    monkeypatch.setattr(scan, "monotonic", clock)
    return clock


class Looks(SharedScan):
    """Looks that find so many letters, without a broker; counts them."""

    count = 0
    there = 3

    async def _found(self, began: float) -> scan.Scan:
        self.count += 1
        await asyncio.sleep(0)
        return scan.Scan(at_ms=1, took=0.0, count=self.there)


async def nowhere(*_: Any) -> tuple[Source, ...]:
    """Look nowhere."""
    return ()


def looks() -> Looks:
    """Return some."""
    return Looks((), "app", nowhere, News(), asyncio.Lock())


async def test_all_who_ask_at_once_share_a_look(clock: Clock) -> None:
    shared = looks()
    found = await asyncio.gather(*(shared.get() for _ in range(5)))
    assert 1 == shared.count
    assert {3} == {one.count for one in found}


async def test_a_look_is_good_for_a_while_and_longer_while_as_many_are_there(clock: Clock) -> None:
    shared = looks()
    await shared.get(3)
    await shared.get(9)
    assert 1 == shared.count
    clock.now += scan.AT_LEAST
    await shared.get(3)
    assert 1 == shared.count
    await shared.get(4)
    assert 2 == shared.count
    clock.now += scan.AT_LEAST + SAME_FOR
    await shared.get(3)
    assert 3 == shared.count


async def test_whoever_moves_letters_or_asks_for_it_has_the_next_look_anew(clock: Clock) -> None:
    shared = looks()
    await shared.get(3)
    await shared.get(3, anew=True)
    assert 2 == shared.count
    shared.spoil()
    await shared.get(3)
    assert 3 == shared.count


async def test_a_look_that_fails_says_why_and_is_tried_again(clock: Clock) -> None:
    async def refused(*_: Any) -> tuple[Source, ...]:
        raise SettingsError("no such app")

    shared = SharedScan(("amqp://127.0.0.1:1/",), "app", refused, News(), asyncio.Lock())
    found = await shared.get()
    assert "no broker answers" in found.problem
    assert not shared.is_looking


async def test_no_look_begins_while_another_holds_letters_or_they_are_counted(
    clock: Clock,
) -> None:
    looking = asyncio.Lock()
    shared = Looks((), "app", nowhere, News(), looking)
    async with looking:
        asking = asyncio.create_task(shared.get())
        for _ in range(5):
            await asyncio.sleep(0)
        assert 0 == shared.count
    await asking
    assert 1 == shared.count
