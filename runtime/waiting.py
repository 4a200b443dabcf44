"""Waiting for one of several things: an event, another, or that some time has gone by."""

import asyncio
import random
from contextlib import suppress


async def set_or_later(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, or after so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def either_or_later(one: asyncio.Event, other: asyncio.Event, seconds: float) -> None:
    """Return when one of two events is set, or after so long."""
    waiting = [asyncio.create_task(event.wait()) for event in (one, other)]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


def set_after(seconds: float) -> asyncio.Event:
    """Return an event that is set after so long."""
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, event.set)
    return event


def jittered(seconds: float) -> float:
    """Return about so many, so that what many processes do again and again spreads out."""
    factor = random.uniform(0.8, 1.2)  # noqa: S311 - spreads, protects nothing
    return seconds * factor
