"""Whether a webhook would be stored now: the admin port tells it, and the start waits for it."""

import asyncio

from ingress.publisher import Publisher
from runtime.waiting import set_or_later

ASK_READY_EVERY = 0.05
"""Seconds between two looks whether the broker can be had by now."""


async def why_not_ready(stop: asyncio.Event, publisher: Publisher) -> str:
    """Say why a webhook would not be stored now; the empty string when it would."""
    if stop.is_set():
        return "draining"
    return await publisher.why_not_ready()


async def wait_until_ready(publisher: Publisher, stop: asyncio.Event, seconds: float) -> None:
    """Return once what waits in a socket would be stored, at a wish to stop, or after so long."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while loop.time() < deadline and not stop.is_set() and await publisher.why_not_ready():
        await set_or_later(stop, ASK_READY_EVERY)
