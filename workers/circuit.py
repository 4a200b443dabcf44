"""Circuits: a queue whose attempts nearly all fail is left alone for a while, then tried. Pure.

    closed   ── nearly all of the last attempts failed ──▶ open
    open     ── its time is up ──▶ probing: one delivery at a time
    probing  ── one fails ──▶ open, for twice as long · three succeed ──▶ closed

Only errors and timeouts count as failures, and only what ended without a wish of the handler's own
counts at all. Times are milliseconds.
"""

import math
from collections import deque
from enum import IntEnum

from workers.breaker import Breaker

REMEMBERED = 5
"""The last attempts are looked at, as many times over as it takes at least.

Of a busy minute all would be too many: a downstream that dies under load has to be noticed before
it fills most of one.
"""
SUCCESSES = 3
"""Probes in a row after which a breaker closes."""


class Position(IntEnum):
    """Where a breaker stands; the numbers are the metric's."""

    CLOSED = 0
    PROBING = 1
    OPEN = 2


class Circuit:
    """One queue's breaker in this process: what attempts came to, and where it stands."""

    def __init__(self, breaker: Breaker) -> None:
        self.until_ms = 0
        """While it is open: until when."""
        self.times = 0
        """How often in a row it has opened."""
        self._breaker = breaker
        self._position = Position.CLOSED
        self._ended: deque[tuple[int, bool]] = deque()
        self._failures = 0
        self._successes = 0
        self._since_ms = 0

    def position(self, now_ms: int) -> Position:
        """Return where it stands then; a time that is up makes it probe."""
        if self._position is Position.OPEN and now_ms >= self.until_ms:
            self._position = Position.PROBING
            self._successes = 0
        return self._position

    def ended(self, *, failed: bool, now_ms: int) -> Position | None:
        """Count an attempt that succeeded or failed.

        Return OPEN or CLOSED where that is so from now on by this attempt.
        """
        match self.position(now_ms):
            case Position.CLOSED:
                return self._counted(failed, now_ms)
            case Position.PROBING:
                return self._probed(failed, now_ms)
            case _:
                return None  # It had begun before, and says nothing new.

    def hear_opened(self, until_ms: int, times: int, now_ms: int) -> None:
        """Take over what another worker has found out: open as long as its breaker is.

        An opening that was over before it was heard of still means that one tries carefully, unless
        it was long ago.
        """
        is_old_news = self.until_ms >= until_ms and self._position is not Position.CLOSED
        is_long_ago = now_ms - until_ms > self._breaker.longest * 1000
        if is_old_news or is_long_ago:
            return

        # No clock of another host's keeps us longer than our own breaker would.
        until_ms = min(until_ms, now_ms + math.ceil(self._breaker.longest * 1000))
        self._open(until_ms, max(1, times), now_ms)

    def hear_closed(self, at_ms: int) -> None:
        """Take over that another worker's probes succeeded, since it was opened here."""
        if at_ms >= self._since_ms:
            self._close()

    def _counted(self, failed: bool, now_ms: int) -> Position | None:  # noqa: FBT001 - as in `ended`
        self._ended.append((now_ms, failed))
        self._failures += failed
        self._forget(before_ms=now_ms - self._breaker.seconds * 1000)

        count = len(self._ended)
        if count < self._breaker.attempts or self._failures < self._breaker.share * count:
            return None
        self._open(now_ms + self._breaker.open_ms(1), 1, now_ms)
        return Position.OPEN

    def _probed(self, failed: bool, now_ms: int) -> Position | None:  # noqa: FBT001 - as in `ended`
        if failed:
            times = self.times + 1
            self._open(now_ms + self._breaker.open_ms(times), times, now_ms)
            return Position.OPEN

        self._successes += 1
        if self._successes < SUCCESSES:
            return None
        self._close()
        return Position.CLOSED

    def _open(self, until_ms: int, times: int, now_ms: int) -> None:
        self._position = Position.OPEN
        self.until_ms = until_ms
        self.times = times
        self._since_ms = now_ms
        self._forget_all()

    def _close(self) -> None:
        self._position = Position.CLOSED
        self.times = 0
        self._forget_all()

    def _forget(self, before_ms: float) -> None:
        """Forget what ended before then, and the oldest of too many."""
        most = REMEMBERED * self._breaker.attempts
        while self._ended:
            at_ms, failed = self._ended[0]
            if at_ms >= before_ms and len(self._ended) <= most:
                return
            self._ended.popleft()
            self._failures -= failed

    def _forget_all(self) -> None:
        self._ended.clear()
        self._failures = 0
        self._successes = 0
