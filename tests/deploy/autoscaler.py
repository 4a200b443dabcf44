"""How many workers Kubernetes's HorizontalPodAutoscaler wants of what KEDA tells it. Pure.

The rules are those of `autoscaling/v2` for an external metric with an average value, from the
Kubernetes documentation ("Horizontal Pod Autoscaling: Algorithm details" and "Configurable scaling
behavior").
"""

import math
from collections import deque
from dataclasses import dataclass, field

TOLERANCE = 0.1
"""By which messages may differ from what the workers are for until anything changes."""
UP_PODS = 4
UP_PERIOD = 15.0
"""By default as many more within these seconds, or twice as many where that is more."""


@dataclass
class Autoscaler:
    """What a ScaledObject asks for; times in seconds."""

    value: int
    fewest: int
    most: int
    window: float
    """For how long fewer must have been enough."""
    period: float
    """In which one worker goes, at most."""
    _wanted: deque[tuple[float, int]] = field(default_factory=deque)
    _changes: deque[tuple[float, int]] = field(default_factory=deque)

    def desired(self, now: float, current: int, messages: int) -> int:
        """Return how many workers there are to be; `messages` are those that wait and those that
        are under way.
        """
        wanted = self._stable(now, current, self._by_messages(current, messages))
        allowed = self._allowed(now, current, wanted)
        if allowed != current:
            self._changes.append((now, allowed - current))
        return allowed

    def _by_messages(self, current: int, messages: int) -> int:
        if current and abs(1 - messages / (self.value * current)) <= TOLERANCE:
            return current
        wanted = math.ceil(messages / self.value)
        return min(max(wanted, self.fewest), self.most)

    def _stable(self, now: float, current: int, wanted: int) -> int:
        """Return the most that was wanted within the window, or as many as there are."""
        self._wanted.append((now, wanted))
        while self._wanted[0][0] < now - self.window:
            self._wanted.popleft()
        if wanted >= current:
            return wanted
        most = max(one for _, one in self._wanted)
        return min(most, current)

    def _allowed(self, now: float, current: int, wanted: int) -> int:
        if wanted > current:
            before = current - self._changed(now, UP_PERIOD, up=True)
            return min(wanted, max(before + UP_PODS, 2 * before))
        before = current + self._changed(now, self.period, up=False)
        return max(wanted, min(before - 1, current))

    def _changed(self, now: float, period: float, *, up: bool) -> int:
        """Return by how many the workers have become more, or fewer, within the period."""
        recent = [by for at, by in self._changes if at > now - period]
        return sum(abs(by) for by in recent if (by > 0) == up)
