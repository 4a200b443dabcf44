"""Keeping a consumer's limits in this process, over all of its queues here.

What has no turn by the consumer's rate waits in its place: the broker gives us no more than that.
What is too much of one shop makes room for others: it goes round by a rung.
"""

import math
from typing import Any

from schemas.rate import Rate
from workers.consumer import Consumer
from workers.left_behind import left_behind
from workers.limits import Limits
from workers.outcome import Deferred
from workers.shops import Shops
from workers.turns import Turns

MOST_DOUBLINGS = 5
"""What is put off again and again is put off for twice as long each time, up to so often."""


class Limiter:
    """Keeps one consumer's limits; `limits` are those that hold now."""

    def __init__(self, consumer: Consumer[Any]) -> None:
        self.consumer = consumer
        self.limits = consumer.limits
        self.turns = Turns()
        self.workers: int | None = None
        """How many processes run this consumer, this one included; None before it is known."""
        self._shops = Shops()
        self._apply()

    @property
    def is_shared(self) -> bool:
        """Whether it matters how many workers there are."""
        return any((self.limits.rate, self.limits.per_shop, self.limits.per_shop_rate))

    def limit(self, limits: Limits) -> None:
        """Keep these limits from now on."""
        if limits != self.limits:
            self.limits = limits
            self._apply()

    def share_among(self, workers: int) -> None:
        """Keep to a share: this is one of so many workers that run the consumer."""
        if workers != self.workers:
            self.workers = workers
            self._apply()

    def enter(self, shop: str, times: int, crashes: int) -> Deferred | None:
        """Let a webhook of this shop in; or return how it is put off, as it was so often before."""
        left = self._shops.enter(shop)
        if left is None:
            return None

        longer_each_time = 2.0 ** min(times, MOST_DOUBLINGS)
        delay = max(left, longer_each_time)
        return Deferred(delay, f"Limited: {self.limits}", crashes, times + 1)

    def leave(self, shop: str) -> None:
        """Have a webhook of this shop out again."""
        self._shops.leave(shop)

    def _apply(self) -> None:
        limits = self.limits
        # Of a shop's partition one worker has all.
        sharing = 1 if self.consumer.partitions else self.workers or 1
        self._shops.at_once = _at_once(limits.per_shop, sharing)
        self._shops.every = _apart(limits.per_shop_rate, sharing)
        # There is no turn before it is known how many share the rate.
        self.turns.space(_apart(limits.rate, self.workers or math.inf))
        left_behind(self.consumer).wake()


def _at_once(per_shop: int | None, workers: int) -> int:
    """Return how many of a shop may be here at once, where so many share: at least one."""
    if per_shop is None:
        return 0
    return max(1, per_shop // workers)


def _apart(rate: Rate | None, workers: float) -> float:
    """Return the seconds from one to the next, where so many share a rate; 0 without one."""
    if rate is None:
        return 0.0
    return rate.every * workers
