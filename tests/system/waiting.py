"""Waiting for what is to become so."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE = 0.02
"""Seconds between two looks at least."""
LONGEST_PAUSE = 1.0
SHARE = 4
"""Times as long as a look took is waited for the next: a look that starts a command is dear, and
many tests look at once.
"""


async def until(condition: Callable[[], Awaitable[T]], seconds: float = 30, what: str = "") -> T:
    """Return the condition's value once it is true; fail after `seconds`, with what was awaited."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        began = loop.time()
        value = await condition()
        if value:
            return value
        now = loop.time()
        assert now < deadline, f"not within {seconds} s: {what or condition}"
        pause = max(PAUSE, SHARE * (now - began))
        await asyncio.sleep(min(pause, LONGEST_PAUSE))
