"""Draining: what may still finish, what is cut off, and what of that goes back to the broker.

Queues and broker are fake: tasks stand for handlers, and what is settled is written down.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from tests.workers.fakes import FakeChannel, run
from workers import drain
from workers.broker.intake import Intake
from workers.broker.under_way import UnderWay
from workers.drain import Drain
from workers.outcome import Aside


class FakeIntake:
    """A queue whose handlers are tasks."""

    def __init__(self) -> None:
        self.under_way: dict[asyncio.Task[None], UnderWay] = {}
        self.is_stopped = False
        self.stopping: Callable[[], Awaitable[None]] = self._stop_at_once

    def start(self, handler: Callable[[], Any], **headers: Any) -> None:
        """Have a handler run for a webhook with these headers."""
        task = asyncio.create_task(handler())
        self.under_way[task] = run(FakeChannel(), **headers)
        task.add_done_callback(self.under_way.pop)

    async def stop(self) -> None:
        """Ask for no more."""
        self.is_stopped = True
        await self.stopping()

    async def _stop_at_once(self) -> None:
        """The broker agrees."""


class Story:
    """Two queues, and what is settled at the end."""

    def __init__(self) -> None:
        self.intakes = [FakeIntake(), FakeIntake()]
        self.settled: list[Any] = []
        self.answers = True
        self.hurry = asyncio.Event()

    async def settle(self, _: UnderWay, outcome: Any) -> None:
        """Take note, where the broker answers."""
        if not self.answers:
            await forever()
        self.settled.append(outcome)

    async def drained(self, timeout: float = 5.0) -> int:
        """Drain, and return how many were cut off."""
        intakes = cast("list[Intake]", self.intakes)
        return await Drain(intakes, self.settle, timeout).run(self.hurry)


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Story:
    """A new story, in which nothing is waited for for long."""
    for name in ("STOP_CONSUMING", "LET_GO", "PUT_BACK"):
        monkeypatch.setattr(drain, name, 0.02)
    return Story()


async def forever() -> None:
    """Handle for ever."""
    await asyncio.Event().wait()


async def for_a_moment() -> None:
    """Handle for a moment."""
    await asyncio.sleep(0.01)


async def to_its_end_though_cancelled() -> None:
    """End in order where it is cancelled."""
    try:
        await forever()
    except asyncio.CancelledError:
        return


async def test_where_nothing_runs_every_queue_is_stopped_and_none_is_cut_off(story: Story) -> None:
    assert 0 == await story.drained()
    assert [True, True] == [intake.is_stopped for intake in story.intakes]


async def test_what_ends_in_time_is_not_cut_off(story: Story) -> None:
    for intake in story.intakes:
        intake.start(for_a_moment)
    assert 0 == await story.drained()
    assert [] == story.settled


@pytest.mark.parametrize("ending", ["the time is up", "hurried"])
async def test_what_is_cut_off_comes_again_with_the_crashes_that_it_had(
    story: Story, ending: str
) -> None:
    intake = story.intakes[0]
    intake.start(forever, webhook_crashes=2)
    intake.start(forever)
    timeout = 5.0
    if ending == "hurried":
        story.hurry.set()
    else:
        timeout = 0.01

    assert 2 == await story.drained(timeout)
    assert [Aside(0.0, 2), Aside(0.0, 0)] == story.settled


async def test_what_settles_itself_though_cut_off_is_not_given_back(story: Story) -> None:
    story.intakes[0].start(to_its_end_though_cancelled)
    story.hurry.set()
    assert 1 == await story.drained()
    assert [] == story.settled


async def test_what_ignores_its_end_is_given_back_while_it_runs(story: Story) -> None:
    release = asyncio.Event()

    async def ignoring() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    story.intakes[0].start(ignoring)
    story.hurry.set()
    cut_off = await story.drained()
    release.set()
    assert 1 == cut_off
    assert [Aside(0.0, 0)] == story.settled


async def test_a_broker_that_does_not_answer_holds_no_drain_up(story: Story) -> None:
    story.answers = False
    story.intakes[0].stopping = forever
    story.intakes[1].start(forever)
    assert 1 == await story.drained(0.01)


async def test_a_lost_link_keeps_no_drain_from_waiting_for_other_queues(story: Story) -> None:
    async def fail() -> None:
        raise OSError("the link is gone")

    stopped = asyncio.Event()

    async def stop_after_some_turns() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        stopped.set()

    story.intakes[0].stopping = fail
    story.intakes[1].stopping = stop_after_some_turns
    assert 0 == await story.drained()
    assert stopped.is_set()
