"""Ending what runs: nobody is waited for for ever, and one cancellation that is swallowed does not
count.
"""

import asyncio
from contextlib import suppress

import pytest

from runtime import lifetime
from runtime.lifetime import end_tasks, first_end


async def waits() -> None:
    """End when cancelled."""
    await asyncio.Event().wait()


async def swallows_one() -> None:
    """Take one cancellation for something else, as a client library may."""
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await asyncio.Event().wait()


async def stays(release: asyncio.Event) -> None:
    """Ignore every cancellation."""
    while not release.is_set():
        with suppress(asyncio.CancelledError):
            await release.wait()


async def test_tasks_are_ended_also_where_one_cancellation_was_swallowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lifetime, "PATIENCE", 0.01)
    tasks = [asyncio.create_task(waits()), asyncio.create_task(swallows_one())]
    await asyncio.sleep(0)
    assert set() == await end_tasks(tasks)
    assert all(task.cancelled() for task in tasks)


async def test_a_task_that_does_not_let_go_is_left_behind_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lifetime, "PATIENCE", 0.01)
    release = asyncio.Event()
    task = asyncio.create_task(stays(release))
    await asyncio.sleep(0)
    assert {task} == await end_tasks([task])
    release.set()
    await task


async def test_a_task_that_has_failed_is_ended_without_a_word() -> None:
    async def fails() -> None:
        raise KeyError

    task = asyncio.create_task(fails())
    await asyncio.wait([task])
    assert set() == await end_tasks([task])
    assert isinstance(task.exception(), KeyError)


async def test_the_first_that_ends_is_heard_of_and_the_others_go_on() -> None:
    async def fails() -> None:
        raise ValueError("the first")

    other = asyncio.create_task(waits())
    with pytest.raises(ValueError, match="the first"):
        await first_end([other, asyncio.create_task(fails())])
    assert not other.done()
    assert set() == await end_tasks([other])
