"""The way in which the deliveries of one queue are worked on: at once, or in each shop's order."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from schemas.pulse import QueueState
from workers.broker.deliveries import Receive
from workers.broker.runs import Runs
from workers.broker.subscription import Subscription
from workers.broker.under_way import UnderWay
from workers.line import Member


class Way(Protocol):
    """Begins runs of what was delivered, and has each come to an end."""

    @property
    def subscription(self) -> Subscription:
        """What has the broker hand us deliveries."""

    @property
    def state(self) -> QueueState:
        """How the worker stands to the queue while nothing else keeps it from consuming."""

    @property
    def members(self) -> Iterable[Member[UnderWay]]:
        """All that is here and not settled, where an order is kept."""

    def take(self, run: UnderWay) -> None:
        """Work on a delivery, now or later. Never raises."""

    def before_fence(self) -> Iterable[asyncio.Task[None]]:
        """Return tasks: once they have ended, all that is here now is settled."""

    async def consume(self, hold: Callable[[], Awaitable[None]]) -> None:
        """Consume until the broker ends it; `hold` does so on one channel."""


MakeWay = Callable[[Runs, Receive], Way]
"""Makes the way for the runs of a queue; what it subscribes to goes to `Receive`."""
