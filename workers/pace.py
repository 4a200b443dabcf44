"""A pace: so many turns a second, evenly. Pure, but for the clock."""

import asyncio
from collections.abc import Callable
from time import monotonic

from runtime.waiting import set_or_later


class Pace:
    """Gives out turns, `rate` a second; time in which nobody asked for one is not made up for."""

    def __init__(self, rate: float, clock: Callable[[], float] = monotonic) -> None:
        self._every = 1 / rate
        self._clock = clock
        self._next = clock()

    async def turn(self, stop: asyncio.Event) -> bool:
        """Wait for the next turn; tell whether it is one, and not the stop that came before."""
        now = self._clock()
        pause = self._next - now
        if pause > 0:
            await set_or_later(stop, pause)
        if stop.is_set():
            return False

        self._next = max(self._next, now) + self._every
        return True
