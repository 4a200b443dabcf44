"""Turns: one after the other at a rate, evenly. Pure, but for the clock."""

import math
from collections.abc import Callable

from workers.clock import monotonic

SLACK = 1.0
"""Seconds of turns that nobody took and that are made up for: who waits wakes a little late."""


def turn_after(next_at: float, now: float, every: float) -> float:
    """Return when the turn after the next may be, where the next, of `next_at`, is taken now."""
    begins = max(next_at, now - SLACK)
    return begins + every


class Turns:
    """Gives out turns, a while apart; without a rate there is always one."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._every = 0.0
        self._next = 0.0

    @property
    def seconds_left(self) -> float:
        """Seconds until the next; 0 where it is there, infinity where none comes."""
        if not self._every:
            return 0.0
        if math.isinf(self._every):
            return math.inf
        return max(0.0, self._next - self._clock())

    def space(self, every: float) -> None:
        """Have turns come so many seconds apart from now on; 0 for no rate, infinity for no turn.

        The next comes no later than it would have, and no later than so.
        """
        if every == self._every:
            return
        self._every = every
        soon = self._clock() + every
        self._next = min(self._next, soon) if math.isfinite(every) else self._next

    def take(self) -> None:
        """Take the turn that is there."""
        if 0 < self._every < math.inf:
            self._next = turn_after(self._next, self._clock(), self._every)
