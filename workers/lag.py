"""How long the oldest webhook of a queue that is ready has waited, as far as one worker knows.

A queue gives in order, so the webhook that was taken last tells of those behind it:

    a look since then found none ready  ──▶ nothing waits
    a look since then found some        ──▶ they wait since that one came, at most, or since a look
                                            found none
    no look, all our places are taken   ──▶ the one taken last had waited so long; so will the next
    no look, places are free            ──▶ the broker gives us all there is: nothing waits
    no look, and we do not consume      ──▶ others know

Of several workers' answers the smallest is the queue's: who took last knows best.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas import headers as names

STALE = 60_000
"""Milliseconds after which a look says nothing any more."""
NOTHING: Mapping[str, Any] = {}
"""The headers of what says nothing of how long it waited: it came before, and went back."""


@dataclass(slots=True)
class Lag:
    """What is known of one queue, in milliseconds since 1970. Whoever takes a webhook sets two."""

    begun_ms: int
    """Since when we look: of what was before we know nothing."""
    taken_ms: int = 0
    """When a webhook was taken last."""
    headers: Mapping[str, Any] = field(default_factory=dict)
    """Of the one taken last."""
    looked_ms: int = 0
    found_ready: bool = False

    def looked(self, now_ms: int, ready: int) -> None:
        """Note how many were ready just now."""
        self.looked_ms = now_ms
        self.found_ready = ready > 0
        if not ready:
            self.begun_ms = now_ms

    def seconds(self, now_ms: int, *, is_consuming: bool, is_full: bool) -> float:
        """Return the lag, NaN where it is not known. `is_full`: no place for another is free."""
        if self._is_told_by_a_look(now_ms):
            return self._since_a_look(now_ms)
        if not is_consuming:
            return math.nan
        if is_full:
            return (self.taken_ms - self._ready_ms) / 1000
        return 0.0

    def _since_a_look(self, now_ms: int) -> float:
        if not self.found_ready:
            return 0.0
        since_ms = max(self._ready_ms, self.begun_ms)
        return max(0, now_ms - since_ms) / 1000

    def _is_told_by_a_look(self, now_ms: int) -> bool:
        return self.looked_ms > self.taken_ms and now_ms - self.looked_ms < STALE

    @property
    def _ready_ms(self) -> int:
        """Since when the webhook that was taken last had been ready.

        What waited elsewhere, on a rung or among dead letters, has come to the queue later than to
        us: of that only the end is known.
        """
        if any(names.number(self.headers, name) for name in _DETOURS):
            return self.taken_ms
        received_ms = names.number(self.headers, names.RECEIVED, self.taken_ms)
        return min(received_ms, self.taken_ms)


_DETOURS = (names.FIRST, names.DUE, names.CRASHES, names.REPLAYS, names.ADOPTED)
"""Headers that what came straight from the ingress does not have."""
