"""A link's end: the client cancels whoever waits on it, and that must not look like our own end."""

import asyncio

import pytest

from workers.broker.link import losses


async def test_a_cancellation_that_nobody_asked_for_is_a_lost_connection() -> None:
    with pytest.raises(ConnectionError, match="lost"), losses():
        raise asyncio.CancelledError


async def test_a_cancellation_of_the_task_itself_is_passed_on() -> None:
    async def waiting() -> None:
        with losses():
            await asyncio.Event().wait()

    task = asyncio.create_task(waiting())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
