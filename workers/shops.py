"""What of each shop may be attempted: so many at once, and so many in a time. Pure, but for the
clock.
"""

from collections import Counter
from collections.abc import Callable

from workers.clock import monotonic
from workers.turns import turn_after

REMEMBERED = 10_000
"""Shops whose next turn is remembered before those are forgotten whose turn has come."""


class Shops:
    """The shops of a consumer's webhooks in this process. 0 is no limit."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.at_once = 0
        self.every = 0.0
        """Seconds from one attempt of a shop to the next."""
        self._clock = clock
        self._held: Counter[str] = Counter()
        self._next: dict[str, float] = {}

    def enter(self, shop: str) -> float | None:
        """Let one more of this shop in and return None; or return the seconds after which to ask
        again: 0 where nobody can tell.
        """
        if self.at_once and self._held[shop] >= self.at_once:
            return 0.0

        if self.every:
            now = self._clock()
            next_at = self._next.get(shop, 0.0)
            if next_at > now:
                return next_at - now
            self._remember(shop, turn_after(next_at, now, self.every), now)
        self._held[shop] += 1
        return None

    def leave(self, shop: str) -> None:
        """Have one less of this shop in."""
        self._held[shop] -= 1
        if self._held[shop] <= 0:
            del self._held[shop]

    def _remember(self, shop: str, next_at: float, now: float) -> None:
        if len(self._next) >= REMEMBERED:
            self._next = {one: at for one, at in self._next.items() if at > now}
        self._next[shop] = next_at
