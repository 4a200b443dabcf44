"""The roll of an app's workers that live, as this process hears their pulse. Pure.

Times are seconds of this process's own clock, at which a beat was heard: no two hosts' clocks are
compared. A worker that is not heard for GONE_AFTER is none any more. While this process does not
even hear itself it is deaf, and time stands still: it may be its own loop that did not turn.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.pulse import EVERY, Beat, ProcessKind

GONE_AFTER = 9.0
"""Seconds: a beat may come a fifth late, and takes a moment; the second that is missing tells."""
LONGEST_PAUSE = 1.3 * EVERY
"""Seconds between two beats of ours that are heard, at most, unless we are deaf."""
DEAF_AFTER = 20.0
"""Seconds without hearing ourselves after which nobody can tell who lives."""


@dataclass(slots=True)
class _Heard:
    at: float
    takes: frozenset[str]


class Roll:
    """Who lives and takes part in what; `process` is this one."""

    def __init__(self, process: str) -> None:
        self._process = process
        self._heard: dict[str, _Heard] = {}
        self._self_heard = math.inf

    @property
    def hears_itself(self) -> bool:
        """Whether this process was heard: then all were that it found living."""
        return self._process in self._heard

    def listen(self, now: float) -> None:
        """Note that this process begins to listen."""
        self._self_heard = now

    def hear(self, beat: Beat, at: float) -> bool:
        """Take note of a beat that was heard then; tell whether anything is otherwise than before.

        One that comes out of an older record changes nothing of a worker that was heard since.
        """
        if beat.role is not ProcessKind.WORKER:
            return False
        if beat.process == self._process:
            self._self_heard = max(self._self_heard, at)

        takes = frozenset(beat.divides).union(_consumers(beat))
        known = self._heard.get(beat.process)
        if known is None:
            self._forget(at)
            known = _Heard(at, frozenset())
        if known.at > at:
            return False

        self._heard[beat.process] = _Heard(at, takes)
        return known.takes != takes

    def workers(self, what: str, now: float) -> frozenset[str] | None:
        """Return who divides the partitions of a consumer and topic, by what these share of their
        name, or runs a consumer, by its own; None where nobody can tell.
        """
        if now - self._self_heard > DEAF_AFTER:
            return None

        moment = min(now, self._self_heard + LONGEST_PAUSE)
        since = moment - GONE_AFTER
        living = set[str]()
        for name, heard in self._heard.items():
            if heard.at >= since and what in heard.takes:
                living.add(name)
        return frozenset(living)

    def _forget(self, now: float) -> None:
        """Forget who has been gone for long."""
        long_ago = now - DEAF_AFTER - GONE_AFTER
        kept = {name: heard for name, heard in self._heard.items() if heard.at >= long_ago}
        self._heard = kept


def _consumers(beat: Beat) -> Iterator[str]:
    """Yield the consumers of which a worker has queues."""
    for name in beat.queues:
        words = name.split(".", 2)
        yield from words[1:2]
