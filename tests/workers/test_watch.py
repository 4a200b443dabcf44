"""The watch: a loop that is held up is told while it is, with whose handler holds it and where."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from workers import watch
from workers.telemetry import BLOCKED
from workers.watch import place, watching

PATIENCE = 10.0


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged, by a watch that soon loses its patience."""
    monkeypatch.setattr(watch, "LONG", 0.2)
    monkeypatch.setattr(watch, "ASK_LOOP_EVERY", 0.01)
    with capture_logs() as events:
        yield events


def counted(name: str) -> float:
    """How often a consumer's handler was counted."""
    return float(BLOCKED.labels(name)._value.get())


async def block(name: str, times: float) -> None:
    """Hold the loop up until it is counted."""
    deadline = time.monotonic() + PATIENCE
    while counted(name) < times and time.monotonic() < deadline:
        time.sleep(0.001)  # noqa: ASYNC251 - the fault itself


async def run(name: str, work: Any) -> None:
    """Run work in a task of this name."""
    await asyncio.create_task(work, name=name)


async def test_a_blocked_loop_is_told_with_the_consumer_and_the_line(told: list[Any]) -> None:
    with watching({"blocker"}):
        await run("blocker", block("blocker", counted("blocker") + 1))
    (event,) = [event for event in told if event["consumer"] == "blocker"]
    assert "loop.blocked" == event["event"]
    assert f"{__file__}:" in event["at"]
    assert event["at"].endswith("in block")


async def test_the_same_consumer_is_named_once_and_counted_each_time(told: list[Any]) -> None:
    with watching({"again"}):
        for number in (1, 2, 3):
            await run("again", block("again", number))
            await asyncio.sleep(0)
    assert 3.0 == counted("again")
    assert 1 == len([event for event in told if event["consumer"] == "again"])


async def test_a_task_that_is_no_consumers_is_counted_as_unknown(told: list[Any]) -> None:
    with watching({"another"}):
        await run("somebody", block("unknown", counted("unknown") + 1))
    assert [""] == [event["consumer"] for event in told]


class Turning:
    """A loop that answers a while, and then is closed."""

    answers = 20

    def call_soon_threadsafe(self, sign: Callable[[], None]) -> None:
        """Answer at once."""
        if not self.answers:
            raise RuntimeError("closed")
        self.answers -= 1
        sign()


def test_a_loop_that_turns_is_not_told_of_and_one_that_is_closed_is_watched_no_more(
    told: list[Any],
) -> None:
    watch._Watch(cast("Any", Turning()), {"quick"}).ask_until_stopped()
    assert [] == told


def test_the_place_is_the_authors_own_line_and_not_the_librarys() -> None:
    frames: list[str] = []
    sorted([1, 2], key=lambda _: frames.append(place(sys._getframe())) or 0)  # type: ignore[func-returns-value]
    assert f"{__file__}:" in frames[0]
