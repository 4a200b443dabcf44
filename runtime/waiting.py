"""Waiting for one of two things: an event, or that some time has gone by."""

import asyncio
import random
from contextlib import suppress


async def set_or_later(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, or after so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def jittered(seconds: float) -> float:
    """Return about so many, so that what many processes do again and again spreads out."""
    factor = random.uniform(0.8, 1.2)  # noqa: S311 - spreads, protects nothing
    return seconds * factor
