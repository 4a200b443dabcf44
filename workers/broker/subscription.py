"""Having one queue's messages handed to us: for how long, and whether the broker still does it."""

import asyncio
from collections.abc import Callable

import structlog
from aio_pika.abc import AbstractConnection
from aiormq import Channel
from aiormq.abc import DeliveredMessage

from runtime.amqp.channels import channel_of
from runtime.amqp.tap import Tap
from runtime.waiting import jittered, set_or_later
from workers.broker.deliveries import Deliveries, Receive

log = structlog.get_logger()

STUCK_CHECK_EVERY = 10.0
"""Seconds until the first check whether the broker still gives us what there is: each that finds
nothing doubles them, and whatever comes begins anew.
"""
LONGEST_STUCK_CHECK = 60.0
"""Seconds between two checks at most. With 50 workers of 200 idle queues that are 170 a second."""
CHECK_TIMEOUT = 10.0
CANCEL_TIMEOUT = 5.0
"""Seconds for the broker to say how a queue stands, and to agree to hand us nothing."""


async def _unused_callback(_: DeliveredMessage) -> None:
    """Do nothing: the library demands a callback, but the tap takes deliveries before it."""


class Subscription:
    """One queue of which we take messages, at most `prefetch` unsettled, or none while that is 0.

    `receive` takes each delivery; `count_received` and `is_busy` tell how many it took so far, and
    whether any is under way.

    Where it `hands_over`, one consumer alone is served, and others wait to be the next. Cancelled
    while something is unsettled, the next would begin behind that. So it waits for what is under
    way, and closes its channel: then the next begins with all that is left, in its order.
    """

    def __init__(
        self,
        queue: str,
        prefetch: int,
        receive: Receive,
        *,
        count_received: Callable[[], int],
        is_busy: Callable[[], bool],
        hands_over: bool = False,
    ) -> None:
        self.is_leaving = False
        """Whether the channel closes once nothing is under way; until then nothing begins."""
        self.was_served = False
        """Whether the broker may have handed messages out on a channel of ours, read or not."""
        self._queue = queue
        self._wanted = prefetch
        self._receive = receive
        self._count_received = count_received
        self._is_busy = is_busy
        self._hands_over = hands_over

        self._check_after = STUCK_CHECK_EVERY
        self._prefetch = 0  # what the broker was told
        self._tag: str | None = None
        self._is_cancelled = False
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_active(self) -> bool:
        """Whether the broker hands us messages of this queue."""
        return self._tag is not None

    def want(self, prefetch: int) -> None:
        """Take so many unsettled from now on; 0 is none: the channel stays open for settling."""
        if self._is_cancelled:
            return
        self._wanted = prefetch
        self._woken.set()

    def leave(self) -> None:
        """Close the channel as soon as nothing is under way."""
        self.is_leaving = True
        self._woken.set()

    def wake_if_leaving(self) -> None:
        """Look again at what is under way."""
        if self.is_leaving:
            self._woken.set()

    async def hold(self, connection: AbstractConnection, tap: Tap) -> None:
        """Take messages until channel or queue are gone, none are given, or it is handed over."""
        async with channel_of(connection) as channel:
            ended = asyncio.Event()

            def end(_: object) -> None:
                ended.set()
                self._woken.set()

            channel.closing.add_done_callback(end)
            channel.on_consumer_cancel_callbacks.add(end)

            deliveries = Deliveries(tap, channel, self._receive)
            try:
                while not ended.is_set():
                    if self._is_to_leave():
                        if await self._has_left():
                            return
                        continue

                    await self._adjust(channel)
                    if await self._turns_out_stuck(channel):
                        log.warning("queue.stuck", queue=self._queue)
                        return
            finally:
                self._is_idle()
                deliveries.close()

    async def cancel(self) -> None:
        """Ask for no more messages; the channel stays open for settling what is here."""
        self.want(0)
        self._is_cancelled = True
        if not self._hands_over:
            await self._idle.wait()

    def _is_to_leave(self) -> bool:
        """Tell whether the channel is to be closed, once nothing is under way."""
        if self._hands_over and self.is_active and self._wanted != self._prefetch:
            self.is_leaving = True
        return self.is_leaving

    async def _has_left(self) -> bool:
        """Tell whether nothing is under way; return when that may be otherwise."""
        self._woken.clear()
        if not self._is_busy():
            return True
        await self._woken.wait()
        return False

    async def _adjust(self, channel: Channel) -> None:
        """Have the broker hand us as many as are wanted now.

        It holds on to the number that a consumer began with, so that another takes its place.
        """
        self._woken.clear()
        wanted = self._wanted
        if wanted == self._prefetch:
            return

        if self._tag is not None:
            await channel.basic_cancel(self._tag, timeout=CANCEL_TIMEOUT)
            self._is_idle()
        if not wanted:
            return

        await channel.basic_qos(prefetch_count=wanted)
        self._idle.clear()
        consuming = await channel.basic_consume(self._queue, _unused_callback)
        self._tag = consuming.consumer_tag
        self._prefetch = wanted
        self._check_after = STUCK_CHECK_EVERY
        self.was_served = True

    def _is_idle(self) -> None:
        self._tag = None
        self._prefetch = 0
        self.is_leaving = False
        self._idle.set()

    async def _turns_out_stuck(self, channel: Channel) -> bool:
        """Tell after a while whether the broker gives us nothing though there is something.

        On 3.10 a consumer that subscribed while its queue's leader died gets nothing for good, and
        is told nothing. Returns early where the broker ended it, or something else is wanted.
        """
        before = self._count_received()
        await set_or_later(self._woken, jittered(self._check_after))
        if self._woken.is_set() or self._tag is None:
            return False
        return await self._is_stuck(channel, before)

    async def _is_stuck(self, channel: Channel, before: int) -> bool:
        """Tell whether messages are ready, none came since so many had, and none is under way."""
        if self._has_moved_since(before):
            self._check_after = STUCK_CHECK_EVERY
            return False
        found = await channel.queue_declare(self._queue, passive=True, timeout=CHECK_TIMEOUT)
        is_next = self._hands_over and (found.consumer_count or 0) > 1
        if not found.message_count or is_next:
            self._check_after = min(2 * self._check_after, LONGEST_STUCK_CHECK)
            return False
        return not self._has_moved_since(before)

    def _has_moved_since(self, before: int) -> bool:
        return self._is_busy() or self._count_received() > before
