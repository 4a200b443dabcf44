"""Moving letters: which are moved, which came too late for that, and what is told of them."""

import asyncio
from contextlib import aclosing
from typing import Any, cast

import pytest

from runtime.amqp.confirms import Failure, NotPublished
from tests.workers.letters import ONE_TOPIC
from tests.workers.queues import Queues
from workers.broker import move, whole_look
from workers.broker.browse import HeldMessage
from workers.letter import Letter, Source
from workers.operate import meant, moving
from workers.operate.moving import AGAIN, CannotMove, Moved, Moving, all_of, ended

DEAD = Source.dead(ONE_TOPIC)
IN_THE_FUTURE = {"webhook-died-ms": 4_000_000_000_000}
"""By the clock of a worker that goes wrong."""


class Case:
    """Dead letters of one queue, and an order for those whose id begins with `w`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.queues = Queues()
        self.queues.add(DEAD.name, "w1", "x1", "w2", "w3", **IN_THE_FUTURE)
        self.while_moving: list[str] = []
        self.fails: Exception | None = None

        monkeypatch.setattr(move, "browsing", self.queues.browsing)
        monkeypatch.setattr(meant, "browsing", self.queues.browsing)
        monkeypatch.setattr(meant, "standing_if_allowed", self.queues.standing)
        monkeypatch.setattr(whole_look, "standing_if_allowed", self.queues.standing)
        monkeypatch.setattr(whole_look, "PATIENCE", 0.0)
        self.moving = Moving(cast("Any", None), self.is_wanted, 1e6, asyncio.Event(), self.carry)

    def is_wanted(self, letter: Letter) -> bool:
        """Tell whether an operator asked for it."""
        return letter.id.startswith("w")

    async def carry(self, _letter: Letter, message: HeldMessage) -> None:
        """Copy it; others come meanwhile."""
        if self.fails is not None:
            raise self.fails
        self.queues.journal.append(("copy", message.headers["webhook-id"]))
        self.queues.add(DEAD.name, *self.while_moving)
        self.while_moving.clear()

    async def moved(self, limit: int | None = None) -> Moved:
        """Move all that is meant."""
        return await all_of(self.moving, [DEAD], limit, lambda *_: None)

    @property
    def copied(self) -> list[str]:
        """The ids of what was copied."""
        return [one for what, one in self.queues.journal if what == "copy"]


@pytest.fixture
def case(monkeypatch: pytest.MonkeyPatch) -> Case:
    """Three letters that are meant, and one that is not."""
    return Case(monkeypatch)


async def test_all_that_lay_there_is_moved_whatever_any_clock_says(case: Case) -> None:
    assert Moved(3) == await case.moved()
    assert ["w1", "w2", "w3"] == case.copied
    assert ["x1"] == case.queues.ids(DEAD.name)


async def test_what_comes_meanwhile_is_told_and_left_alone(case: Case) -> None:
    case.while_moving = ["w4", "x2", "w5"]
    assert Moved(3, joined=2) == await case.moved()
    assert ["x1", "w4", "x2", "w5"] == case.queues.ids(DEAD.name)


async def test_a_webhook_that_dies_again_meanwhile_is_not_moved_twice(case: Case) -> None:
    case.while_moving = ["w1"]
    assert Moved(3, joined=1) == await case.moved()
    assert ["w1", "w2", "w3"] == case.copied


async def test_what_comes_first_by_another_look_takes_nobodys_place(case: Case) -> None:
    await case.moving.begin([DEAD])
    case.queues.add(DEAD.name, "w0")
    there = case.queues.messages[DEAD.name]
    there.insert(0, there.pop())
    async with aclosing(case.moving.some()) as letters:
        assert ["w1", "w2", "w3"] == [letter.id async for letter in letters]
    assert 1 == await case.moving.joined()


async def test_what_the_limit_leaves_has_not_come_meanwhile(case: Case) -> None:
    assert Moved(2) == await case.moved(limit=2)
    assert ["w1", "w2"] == case.copied


async def test_in_order_those_go_first_that_died_first_however_they_lie(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "WINDOW", 2)
    for webhook, died in (("w9", 30), ("w8", 10), ("w7", 20)):
        case.queues.add(DEAD.name, webhook, **{"webhook-first-died-ms": died})
    case.moving = Moving(
        cast("Any", None), case.is_wanted, 1e6, asyncio.Event(), case.carry, in_order=True
    )
    await case.moving.begin([DEAD])
    steps = []
    for most in (1, None):
        async with aclosing(case.moving.some(most)) as letters:
            steps.append([letter.id async for letter in letters])
    assert [["w8"], ["w7", "w9", "w1", "w2", "w3"]] == steps
    assert ["x1"] == case.queues.ids(DEAD.name)


async def test_it_may_be_asked_for_some_again_and_again(case: Case) -> None:
    await case.moving.begin([DEAD])
    steps = []
    for most in (1, 0, 5):
        async with aclosing(case.moving.some(most)) as letters:
            steps.append([letter.id async for letter in letters])
    assert [["w1"], [], ["w2", "w3"]] == steps


async def test_what_another_look_holds_for_too_long_is_a_problem_and_no_success(
    case: Case,
) -> None:
    await case.moving.begin([DEAD])
    case.queues.elsewhere = {"w2"}
    async with aclosing(case.moving.some()) as letters:
        assert ["w1", "w3"] == [letter.id async for letter in letters]
    moved = await ended(case.moving)
    assert f"not done: another look holds letters of {DEAD.name}; {AGAIN}" == moved.problem
    assert (2, ["x1", "w2"]) == (moved.count, case.queues.ids(DEAD.name))


async def test_what_somebody_else_has_taken_meanwhile_is_told(case: Case) -> None:
    await case.moving.begin([DEAD])
    case.queues.take(DEAD.name, "w2")
    async with aclosing(case.moving.some()) as letters:
        assert ["w1", "w3"] == [letter.id async for letter in letters]
    moved = await ended(case.moving)
    assert Moved(2, notices=("no longer there when their turn came: 1",)) == moved
    assert 2 == case.moving.most(None)


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (CannotMove("the queue is gone"), "the queue is gone"),
        (NotPublished(Failure.NACKED), "not moved, and still where it was: w1: "),
        (
            ConnectionError("reset"),
            "the connection to the broker was lost (ConnectionError: reset)",
        ),
    ],
)
async def test_what_cannot_be_moved_ends_it_and_says_why(
    case: Case, error: Exception, problem: str
) -> None:
    case.fails = error
    moved = await case.moved()
    assert (0, 0) == (moved.count, moved.joined)
    assert moved.problem.startswith(problem)
    assert ["w1", "x1", "w2", "w3"] == case.queues.ids(DEAD.name)
