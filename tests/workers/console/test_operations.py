"""Operations: begun, told as they go, stopped, and what came of them."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.workers.letters import letter
from workers.console.news import News
from workers.console.operation import Operation
from workers.console.operations import AT_ONCE, MOST_KEPT, NotBegun, Operations
from workers.letter import Letter
from workers.operate.moving import Moved
from workers.settings import SettingsError

Tell = Callable[[Letter, int | None], None]


async def until_stopped(operation: Operation, tell: Tell) -> Moved:
    """Move a letter, and wait until it is to end."""
    tell(letter(), 3)
    await operation.stop.wait()
    return Moved(1)


def begun(operations: Operations, work: Callable[..., Awaitable[Moved]]) -> Operation:
    """Begin one."""
    return operations.begin("Replay: all", "jane@console", "INC-1", {}, 50.0, work)


async def ended(work: Callable[..., Awaitable[Moved]]) -> Operation:
    """Begin one, and return it once it has ended."""
    news = News()
    operation = begun(Operations(news), work)
    while operation.is_running:
        await news.after(news.count, 5)
    return operation


async def test_one_that_runs_tells_how_far_it_is_and_ends_when_somebody_stops_it() -> None:
    news = News()
    operations = Operations(news)
    operation = begun(operations, until_stopped)
    seen = news.count
    await news.after(seen, 5)
    assert (1, 3, True) == (operation.count, operation.total, operation.is_running)

    operations.stop(operation.number, "carl@console")
    await operations.end()
    assert ("stopped", "carl@console") == (operation.state, operation.stopped_by)
    assert [operation] == list(operations.lately())


async def test_a_search_that_has_found_nothing_yet_is_told_as_it_goes_on() -> None:
    async def searches(operation: Operation, _: Tell) -> Moved:
        await asyncio.sleep(0)
        operation.passed(40, 100, 39)
        await operation.stop.wait()
        return Moved(0)

    news = News()
    operations = Operations(news)
    operation = begun(operations, searches)
    before = news.count
    assert before < await news.after(before, 5)
    assert (0, 40.0) == (operation.count, operation.share)
    await operations.end()


async def test_what_came_of_it_is_kept() -> None:
    async def work(*_: object) -> Moved:
        return Moved(7, joined=2, notices=("left alone: 1 of erp",))

    operation = await ended(work)
    assert ("done", 7) == (operation.state, operation.count)
    assert ("left alone: 1 of erp", "left alone: 2 that came meanwhile") == operation.said


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (SettingsError("no such queue"), "no such queue"),
        (ConnectionError("lost"), "lost"),
        (ZeroDivisionError("oh"), "ZeroDivisionError: oh"),
    ],
)
async def test_one_that_fails_says_why(error: Exception, told: str) -> None:
    async def work(*_: object) -> Moved:
        raise error

    operation = await ended(work)
    assert ("failed", (told,)) == (operation.state, operation.said)


async def test_a_problem_half_way_is_a_failure_that_tells_how_far_it_came() -> None:
    async def work(*_: object) -> Moved:
        return Moved(4, problem="stopped: 3 of 4 letters died again in the same group")

    operation = await ended(work)
    assert ("failed", 4) == (operation.state, operation.count)


async def test_no_more_begin_than_may_run_at_once() -> None:
    operations = Operations(News())
    for _ in range(AT_ONCE):
        begun(operations, until_stopped)
    with pytest.raises(NotBegun, match="So many"):
        begun(operations, until_stopped)
    await asyncio.sleep(0)
    await operations.end()


async def test_none_begins_once_all_are_ended() -> None:
    operations = Operations(News())
    await operations.end()
    with pytest.raises(NotBegun, match="is being ended"):
        begun(operations, until_stopped)


async def test_one_that_runs_stays_in_sight_however_many_have_ended_since() -> None:
    operations = Operations(News())
    long = begun(operations, until_stopped)
    for _ in range(MOST_KEPT + 2):
        short = begun(operations, until_stopped)
        await asyncio.sleep(0)
        operations.stop(short.number, "carl@console")
        while short.is_running:
            await asyncio.sleep(0)

    assert long in operations.all()
    assert MOST_KEPT + 2 >= len(operations.all())
    operations.stop(long.number, "carl@console")
    await operations.end()
    assert "stopped" == long.state
