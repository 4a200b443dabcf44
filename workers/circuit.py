"""Circuits: a queue whose attempts nearly all fail is left alone for a while, then tried. Pure.

    closed   ── nearly all of the last attempts failed ──▶ open
    open     ── its time is up ──▶ probing: one delivery at a time
    probing  ── one fails ──▶ open, for twice as long · three succeed ──▶ closed

Times are seconds of a clock that is never set. What other workers have found out is told as seconds
from now: no two hosts share such a clock.
"""

import math
from collections import deque
from enum import IntEnum

from workers.breaker import Breaker

REMEMBERED = 2
"""Of the attempts, the last are looked at: as many times over as it takes to open.

All those of a busy minute would be too many: a downstream that dies under load would have to fill
most of a minute before it is noticed.
"""
SUCCESSES = 3
"""Probes in a row after which it closes."""


class Position(IntEnum):
    """Where a breaker stands; the numbers are the metric's."""

    CLOSED = 0
    PROBING = 1
    OPEN = 2


class Circuit:
    """One queue's breaker in this process: what attempts came to, and where it stands."""

    def __init__(self, breaker: Breaker) -> None:
        self.until = -math.inf
        """When it is to be tried, once it has opened."""
        self.times = 0
        """How often in a row it has opened."""
        self._breaker = breaker
        self._is_closed = True
        self._moved = -math.inf  # when it last opened or closed
        self._successes = 0
        self._failures = 0
        self._ended: deque[tuple[float, bool]] = deque()

    def position(self, now: float) -> Position:
        """Return where it stands then."""
        if self._is_closed:
            return Position.CLOSED
        if now < self.until:
            return Position.OPEN
        return Position.PROBING

    def ended(self, *, failed: bool, began: float, now: float) -> Position | None:
        """Count an attempt; return OPEN or CLOSED where that is so from now on because of it.

        One that had begun before the breaker moved says nothing of what it moved for.
        """
        position = self.position(now)
        if position is Position.OPEN or began < self._moved:
            return None
        if position is Position.CLOSED:
            return self._count(failed=failed, now=now)
        return self._probe(failed=failed, now=now)

    def hear_opened(self, seconds: float, times: int, now: float, *, patience: float = 0) -> None:
        """Take over that it is to be tried in so many seconds, by another worker.

        One waits `patience` seconds longer: that worker may never do it. No clock of another host's
        holds us longer than our own breaker would.
        """
        seconds = min(seconds, self._breaker.longest)
        self._open(times, now, until=now + seconds + patience)

    def hear_closed(self, now: float) -> None:
        """Take over that another worker's probes have succeeded."""
        if not self._is_closed:
            self._close(now)

    def _count(self, *, failed: bool, now: float) -> Position | None:
        self._ended.append((now, failed))
        self._failures += failed
        self._forget(before=now - self._breaker.within)

        count = len(self._ended)
        if count < self._breaker.attempts or self._failures / count < self._breaker.share:
            return None
        return self._open_again(now)

    def _probe(self, *, failed: bool, now: float) -> Position | None:
        if failed:
            return self._open_again(now)

        self._successes += 1
        if self._successes < SUCCESSES:
            return None
        return self._close(now)

    def _open_again(self, now: float) -> Position:
        times = self.times + 1
        seconds = self._breaker.seconds_open(times)
        return self._open(times, now, until=now + seconds)

    def _open(self, times: int, now: float, *, until: float) -> Position:
        self.times = max(1, times)
        self.until = until
        self._is_closed = False
        self._begin_anew(now)
        return Position.OPEN

    def _close(self, now: float) -> Position:
        self.times = 0
        self._is_closed = True
        self._begin_anew(now)
        return Position.CLOSED

    def _begin_anew(self, now: float) -> None:
        self._moved = now
        self._successes = 0
        self._failures = 0
        self._ended.clear()

    def _forget(self, *, before: float) -> None:
        """Forget what ended before then, and the oldest of too many."""
        most = REMEMBERED * self._breaker.attempts
        while self._ended:
            at, failed = self._ended[0]
            if at >= before and len(self._ended) <= most:
                return
            self._ended.popleft()
            self._failures -= failed
