"""Having one queue's messages handed to us: for how long, and whether the broker still does it."""

import asyncio
from collections.abc import Callable

import structlog
from aio_pika.abc import AbstractConnection
from aiormq import Channel
from aiormq.abc import DeliveredMessage

from runtime.amqp.channels import channel_of
from runtime.amqp.tap import Tap
from runtime.waiting import set_or_later
from workers.broker.deliveries import Deliveries, Receive

log = structlog.get_logger()

STUCK_CHECK_EVERY = 10.0
"""Seconds between two checks whether the broker still gives us what there is."""
CANCEL_TIMEOUT = 5.0
"""Seconds for the broker to agree that it hands nothing more to us."""


async def _unused_callback(_: DeliveredMessage) -> None:
    """Do nothing: the library demands a callback, but the tap takes deliveries before it."""


class Subscription:
    """One queue of which we take messages, at most `prefetch` unsettled.

    `receive` takes each delivery. `count_received` and `is_busy` tell how many it took so far, and
    whether any is under way: by them the subscription knows whether it is stuck.
    """

    def __init__(
        self,
        queue: str,
        prefetch: int,
        receive: Receive,
        *,
        count_received: Callable[[], int],
        is_busy: Callable[[], bool],
    ) -> None:
        self.was_served = False
        """Whether the broker may have handed messages out on a channel of ours, read or not."""
        self._queue = queue
        self._prefetch = prefetch
        self._receive = receive
        self._count_received = count_received
        self._is_busy = is_busy
        self._channel: Channel | None = None
        self._tag: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether the broker hands us messages of this queue."""
        return self._tag is not None

    async def hold(self, connection: AbstractConnection, tap: Tap) -> None:
        """Take messages until channel, connection or queue are gone, or the broker gives none."""
        async with channel_of(connection) as channel:
            ended = asyncio.Event()
            channel.closing.add_done_callback(lambda _: ended.set())
            channel.on_consumer_cancel_callbacks.add(lambda _: ended.set())

            await channel.basic_qos(prefetch_count=self._prefetch)
            deliveries = Deliveries(tap, channel, self._receive)
            try:
                consuming = await channel.basic_consume(self._queue, _unused_callback)
                self._channel = channel
                self._tag = consuming.consumer_tag
                self.was_served = True
                await self._until_ended_or_stuck(ended, channel)
            finally:
                self._channel = None
                self._tag = None
                deliveries.close()

    async def cancel(self) -> None:
        """Ask for no more messages; the channel stays open for settling what is here."""
        if self._channel is None or self._tag is None:
            return
        await self._channel.basic_cancel(self._tag, timeout=CANCEL_TIMEOUT)

    async def _until_ended_or_stuck(self, ended: asyncio.Event, channel: Channel) -> None:
        """Return when the broker has ended it, or gives us nothing though there is something.

        On 3.10 a consumer that subscribed while its queue's leader died gets nothing for good, and
        is told nothing.
        """
        while not ended.is_set():
            before = self._count_received()
            await set_or_later(ended, STUCK_CHECK_EVERY)
            if ended.is_set():
                return
            if await self._is_stuck(channel, before):
                log.warning("queue.stuck", queue=self._queue)
                return

    async def _is_stuck(self, channel: Channel, before: int) -> bool:
        """Tell whether messages are ready, none came since so many had, and none is under way."""
        if self._has_moved_since(before):
            return False

        found = await channel.queue_declare(self._queue, passive=True, timeout=STUCK_CHECK_EVERY)
        if not found.message_count:
            return False
        return not self._has_moved_since(before)

    def _has_moved_since(self, before: int) -> bool:
        if self._is_busy():
            return True
        return self._count_received() > before
