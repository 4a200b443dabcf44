"""A seat that one process of an app holds at a time.

It is a queue in which nothing lies: who consumes it holds the seat. The broker takes the seat from
a process that dies or hangs, as it ends its consumers; whoever looks next finds it free.

    nobody consumes it ──▶ we do, and look again
    we alone do        ──▶ the seat is ours for as long as the channel lasts
    another does too   ──▶ both wanted it at once: we let go, and try again later
"""

from aiormq import Channel
from aiormq.abc import DeliveredMessage

from runtime.amqp.channels import KeptChannel
from workers.broker.standing import MayNotAsk, Standing, standing


async def _nothing_lies_there(_: DeliveredMessage) -> None:
    """Do nothing with what somebody has put there all the same: it is acked by the broker."""


class Seat:
    """The seat at one queue, as one process wants it."""

    def __init__(self, queue: str, channel: KeptChannel) -> None:
        self._queue = queue
        self._kept = channel
        self._held_on: Channel | None = None
        self._is_lost = False

    @property
    def is_held(self) -> bool:
        """Whether we have the seat, as far as the broker has told."""
        return self._held_on is not None and not self._held_on.is_closed and not self._is_lost

    async def is_ours(self) -> bool:
        """Take the seat where it is free; tell whether we have it.

        Nobody has one where there is no such queue, or where we may not ask for it. Raises what
        AMQP raises.
        """
        if self.is_held:
            return True
        if await self._consumers() != 0:
            return False

        channel = await self._kept.get()
        self._is_lost = False
        channel.on_consumer_cancel_callbacks.add(self._note_lost)
        consuming = await channel.basic_consume(self._queue, _nothing_lies_there, no_ack=True)
        if await self._consumers() == 1:
            self._held_on = channel
            return True

        await channel.basic_cancel(consuming.consumer_tag or "")
        return False

    async def _consumers(self) -> int | None:
        """Return how many consume the queue; None where nobody can tell us."""
        try:
            found: Standing | None = await standing(self._kept, self._queue)
        except MayNotAsk:
            return None
        if found is None:
            return None
        return found.consumers

    def _note_lost(self, *_: object) -> None:
        self._is_lost = True
