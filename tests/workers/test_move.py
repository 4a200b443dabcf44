"""Moving messages out of a queue: in which order, how many, in which windows, and when it ends."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, cast

import pytest

from runtime.amqp.confirms import Failure, NotPublished
from schemas.properties import ReceivedProperties
from tests.workers.queues import Queues
from workers.broker import move as module
from workers.broker import whole_look
from workers.broker.browse import HeldMessage
from workers.broker.move import Mover
from workers.broker.standing import Standing
from workers.broker.whole_look import StillHeld
from workers.pace import Pace

FAST = 1e6


class Case:
    """A queue of six, what moves out of it, and what is told of that."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.queues = Queues(q=["1", "2", "3", "4", "5", "6"])
        self.stop = asyncio.Event()
        self.fails_at = ""
        self.release_at = 0
        """At which look another look has ended."""
        self.stop_at = 0
        monkeypatch.setattr(module, "browsing", self.queues.browsing)
        monkeypatch.setattr(whole_look, "standing_if_allowed", self.standing)
        monkeypatch.setattr(whole_look, "AGAIN_AFTER", 0.0)
        self._mover = Mover(cast("Any", None), Pace(FAST), self.stop)

    async def carry(self, message: HeldMessage) -> None:
        """Make a copy."""
        webhook_id = message.headers["webhook-id"]
        if webhook_id == self.fails_at:
            raise NotPublished(Failure.NACKED)
        self.queues.journal.append(("copy", webhook_id))

    async def standing(self, kept: object, queue: str) -> Standing:
        """Tell how the queue stands, right before a look."""
        look = self.queues.looks + 1
        if look == self.release_at:
            self.queues.elsewhere.clear()
        if look == self.stop_at:
            self.stop.set()
        return await self.queues.standing(kept, queue)

    def move(
        self,
        wanted: Callable[[str], bool] = lambda _: True,
        most: int = 6,
        *,
        in_order: bool = False,
    ) -> AsyncGenerator[HeldMessage, None]:
        """Begin to move what is wanted, by id."""

        def is_wanted(_: str, properties: ReceivedProperties) -> bool:
            return wanted(properties.headers["webhook-id"])

        if in_order:
            return self._mover.move_in_order("q", is_wanted, number_of, self.carry, most)
        return self._mover.move("q", is_wanted, self.carry, most)

    async def moved(self, **options: Any) -> list[str]:
        """Return the ids of all that moves."""
        async with aclosing(self.move(**options)) as messages:
            return [message.headers["webhook-id"] async for message in messages]


@pytest.fixture
def case(monkeypatch: pytest.MonkeyPatch) -> Case:
    """A queue of six."""
    return Case(monkeypatch)


def number_of(properties: ReceivedProperties) -> int:
    """Return a message's place."""
    return int(properties.headers["webhook-id"])


def is_odd(webhook_id: str) -> bool:
    """Want every second one."""
    return int(webhook_id) % 2 == 1


async def test_each_copy_is_made_before_its_original_is_acked(case: Case) -> None:
    assert ["1", "2"] == await case.moved(wanted=lambda one: one in "12")
    assert [("copy", "1"), ("ack", "1"), ("copy", "2"), ("ack", "2")] == case.queues.journal


async def test_what_is_not_wanted_stays_in_its_order(case: Case) -> None:
    assert ["1", "3", "5"] == await case.moved(wanted=is_odd)
    assert ["2", "4", "6"] == case.queues.ids("q")


async def test_no_more_are_moved_than_there_were(case: Case) -> None:
    assert ["1", "2", "3"] == await case.moved(most=3)
    assert ["4", "5", "6"] == case.queues.ids("q")


@pytest.mark.parametrize("wanted", [is_odd, lambda _: True], ids=["some", "all"])
async def test_windows_give_back_in_between_and_miss_nothing(
    case: Case, wanted: Callable[[str], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WINDOW", 2)
    expected = [webhook_id for webhook_id in "123456" if wanted(webhook_id)]
    assert expected == await case.moved(wanted=wanted)
    assert case.queues.looks >= len(expected) / 2


async def test_a_window_ends_when_it_has_taken_long_enough(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WINDOW_SECONDS", 0.0)
    assert list("123456") == await case.moved()
    assert 6 == case.queues.looks


async def test_what_comes_meanwhile_does_not_keep_it_going(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WINDOW", 1)
    moved = []
    async with aclosing(case.move()) as messages:
        async for message in messages:
            moved.append(message.headers["webhook-id"])
            case.queues.add("q", f"9{len(moved)}")
    assert list("123456") == moved
    assert [f"9{number}" for number in range(1, 7)] == case.queues.ids("q")


async def test_it_ends_between_two_messages_when_it_is_told_to(case: Case) -> None:
    moved = []
    async with aclosing(case.move()) as messages:
        async for message in messages:
            moved.append(message.headers["webhook-id"])
            case.stop.set()
    assert ["1"] == moved
    assert list("23456") == case.queues.ids("q")
    assert [("copy", "1"), ("ack", "1")] == case.queues.journal


async def test_a_copy_that_is_not_certain_ends_it_and_leaves_the_original(case: Case) -> None:
    case.fails_at = "3"
    with pytest.raises(NotPublished):
        await case.moved()
    assert list("3456") == case.queues.ids("q")


@pytest.mark.parametrize("in_order", [False, True])
async def test_what_another_look_holds_is_waited_for(case: Case, *, in_order: bool) -> None:
    case.queues.elsewhere = set("2456")
    case.release_at = 3
    assert list("123456") == sorted(await case.moved(in_order=in_order))
    assert [] == case.queues.ids("q")


async def test_in_order_none_moves_before_all_of_them_are_there(case: Case) -> None:
    case.queues.elsewhere = {"1"}
    case.release_at = 4
    assert list("123456") == await case.moved(in_order=True)


@pytest.mark.parametrize("in_order", [False, True])
async def test_who_waits_for_too_long_is_told_that_they_are_held(
    case: Case, monkeypatch: pytest.MonkeyPatch, *, in_order: bool
) -> None:
    monkeypatch.setattr(whole_look, "PATIENCE", 0.0)
    case.queues.elsewhere = {"2"}
    with pytest.raises(StillHeld, match="q"):
        await case.moved(in_order=in_order)
    assert "2" in case.queues.ids("q")


@pytest.mark.parametrize("in_order", [False, True])
async def test_what_is_gone_when_its_turn_comes_is_not_waited_for(
    case: Case, *, in_order: bool
) -> None:
    assert list("123456") == await case.moved(most=9, in_order=in_order)


async def test_it_ends_while_it_waits_when_it_is_told_to(case: Case) -> None:
    case.queues.elsewhere = {"2"}
    case.stop_at = 4
    assert list("13456") == await case.moved()
    assert ["2"] == case.queues.ids("q")


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


async def test_a_pace_waits_for_the_next_turn_and_makes_up_for_no_idle_time() -> None:
    clock = Clock()
    pace = Pace(1 / 60, clock)
    stop = asyncio.Event()
    assert await pace.turn(stop)

    waiting = asyncio.create_task(pace.turn(stop))
    await asyncio.sleep(0)
    assert not waiting.done()
    stop.set()
    assert not await waiting

    stop.clear()
    clock.now = 600.0
    assert await pace.turn(stop)
    assert 660.0 == pace._next
