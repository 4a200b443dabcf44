"""Waiting for an event or for some time, whichever comes first."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.waiting import either_or_later, jittered, set_after, set_or_later

FOR_EVER = 3_600


async def test_an_event_that_is_set_meanwhile_ends_the_wait() -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(set_or_later(event, FOR_EVER))
    await asyncio.sleep(0)
    assert not waiting.done()

    event.set()
    async with asyncio.timeout(5):
        await waiting


async def test_without_the_event_the_wait_ends_after_its_time_and_is_no_error() -> None:
    event = asyncio.Event()
    async with asyncio.timeout(5):
        await set_or_later(event, 0.01)
    assert not event.is_set()


async def test_who_waits_can_be_cancelled() -> None:
    waiting = asyncio.create_task(set_or_later(asyncio.Event(), FOR_EVER))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.mark.parametrize("which", [0, 1])
async def test_the_first_of_two_events_ends_a_wait_and_leaves_nothing_behind(which: int) -> None:
    others = asyncio.all_tasks()
    events = (asyncio.Event(), asyncio.Event())
    waiting = asyncio.create_task(either_or_later(*events, FOR_EVER))
    await asyncio.sleep(0)
    events[which].set()
    async with asyncio.timeout(5):
        await waiting
        await either_or_later(asyncio.Event(), asyncio.Event(), 0.01)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= others


async def test_an_event_can_be_had_that_is_set_after_a_while() -> None:
    event = set_after(0.01)
    assert not event.is_set()
    async with asyncio.timeout(5):
        await event.wait()


@given(st.floats(0, 86_400))
def test_a_time_is_moved_by_a_fifth_at_most(seconds: float) -> None:
    assert 0.8 * seconds <= jittered(seconds) <= 1.2 * seconds


def test_times_are_not_all_moved_alike() -> None:
    assert len({jittered(60) for _ in range(100)}) > 1
