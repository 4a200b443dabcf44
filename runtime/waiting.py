"""Waiting for one of several things: an event, a task, or that some time has gone by."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Any


async def set_or_later(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, or after so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def first_of(tasks: Sequence[asyncio.Task[Any]], seconds: float | None = None) -> None:
    """Return when one of the tasks has ended, or after so long; leaves all of them as they are."""
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


def jittered(seconds: float) -> float:
    """Return about so many, so that what many processes do again and again spreads out."""
    factor = random.uniform(0.8, 1.2)  # noqa: S311 - spreads, protects nothing
    return seconds * factor
