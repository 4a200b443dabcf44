"""Having an ordered partition's webhooks handed to us: what is held of it first, then itself.

Both come on one channel, so that they are handed over together. Of what is held one consumer alone
is served. It is read to its end once a mark of ours comes: that was published behind the last that
the worker before us had stored, and comes to us no sooner than all of that.
"""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog
from aiormq import Channel

from runtime.amqp.confirms import NotPublished
from runtime.waiting import jittered, set_or_later
from schemas import headers as webhook_headers
from schemas.names import WorkQueue, return_exchange
from schemas.partition_names import held_queue
from schemas.properties import Properties, ReceivedProperties
from workers.broker.deliveries import Receive
from workers.broker.publisher import Publisher
from workers.broker.subscription import Subscription, _unused_callback

log = structlog.get_logger()

MOST_UNSETTLED = 65_535
"""Of what is held all is read, and the broker takes no larger number."""
MARK_PAUSE = 1.0
LONGEST_MARK_PAUSE = 5.0
"""Seconds until another mark is published where none has come; each pause is twice the last. While
another worker is served, it is that worker that gets ours.
"""
ROOM_CHECK_EVERY = 1.0
LASTS = "60000"
"""Milliseconds after which a mark is gone that nobody reads."""

Mark = Callable[[WorkQueue, str], Awaitable[None]]
"""Publishes a mark behind what is held of a partition; raises NotPublished."""


async def publish_mark(publisher: Publisher, queue: WorkQueue, name: str) -> None:
    """Publish a mark of this name behind all that is held of the partition; raises NotPublished."""
    headers: dict[str, webhook_headers.Header] = {webhook_headers.HELD_MARK: name}
    mark = Properties(None, None, queue.app, None, headers, expiration=LASTS)
    exchange = return_exchange(queue.app)
    await publisher.publish(exchange, held_queue(queue), mark, b"")


def mark_in(properties: ReceivedProperties) -> str:
    """Return the name of the mark that a message is; the empty string for any other message."""
    return webhook_headers.text(properties.headers, webhook_headers.HELD_MARK)


class OrderedSubscription(Subscription):
    """One ordered partition; `is_waiting` tells whether anything of it waits in memory, `ahead` how
    many may be here for each that may run: 0 while so much is held that nothing further is wanted.
    """

    def __init__(
        self,
        queue: WorkQueue,
        handlers: int,
        receive: Receive,
        mark: Mark,
        *,
        count_received: Callable[[], int],
        is_busy: Callable[[], bool],
        is_waiting: Callable[[], bool],
        ahead: Callable[[], int],
    ) -> None:
        super().__init__(
            queue.name,
            handlers,
            receive,
            count_received=count_received,
            is_busy=is_busy,
            hands_over=True,
        )
        self._partition = queue
        self._publish_mark = mark
        self._is_waiting = is_waiting
        self._ahead = ahead
        self._mark = ""
        self._is_read = False

    def passes(self, mark: str) -> bool:
        """Tell whether a mark is the one behind which nothing held is left to be read."""
        if mark != self._mark or self._is_read:
            return False
        self._is_read = True
        self._woken.set()
        return True

    async def _adjust(self, channel: Channel) -> None:
        """Have the broker hand us what is held, and then the partition itself."""
        self._woken.clear()
        if self.is_active or not self._wanted:
            return

        self._mark = uuid4().hex
        self._is_read = False
        held = held_queue(self._partition)
        await channel.basic_qos(prefetch_count=MOST_UNSETTLED)
        consuming = await channel.basic_consume(held, _unused_callback)
        self._tag = consuming.consumer_tag
        self._prefetch = self._wanted
        self._idle.clear()
        self.was_served = True
        await self._until_read(channel)
        await self._until_room(channel)

        if self._is_read and not self._ends(channel):
            ahead = max(1, self._ahead())
            await channel.basic_qos(prefetch_count=self._prefetch * ahead)
            await channel.basic_consume(self._queue, _unused_callback)

    async def _until_read(self, channel: Channel) -> None:
        """Return once all that is held is read, or nothing more is wanted here."""
        pause = MARK_PAUSE
        while not (self._is_read or self._ends(channel)):
            self._woken.clear()
            try:
                await self._publish_mark(self._partition, self._mark)
            except NotPublished as error:
                log.warning("held.not_marked", queue=self._queue, error=str(error))
            if not self._is_read:
                await set_or_later(self._woken, jittered(pause))
            pause = min(2 * pause, LONGEST_MARK_PAUSE)

    async def _until_room(self, channel: Channel) -> None:
        """Return once something further is wanted.

        What the partition had handed out would come back with each new channel, and the broker
        gives up on what comes back twenty times.
        """
        while not self._ahead() and not self._ends(channel):
            self._woken.clear()
            await set_or_later(self._woken, ROOM_CHECK_EVERY)

    def _ends(self, channel: Channel) -> bool:
        return bool(channel.is_closed) or self._is_to_leave()

    def _has_moved_since(self, before: int) -> bool:
        return self._is_waiting() or super()._has_moved_since(before)
