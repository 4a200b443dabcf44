"""Looking through queues: messages are held while looked at, and go back to their places after.

They are consumed, some hundreds ahead: asking for each with a `basic.get` takes 3 ms, this a tenth
of one, and read from the bytes (`browsing`) a hundredth. A consumer is given no more than its
prefetch while it acknowledges nothing, so whenever all are held, one more consumer starts.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

from aio_pika.abc import AbstractConnection
from aiormq import Channel
from aiormq.abc import DeliveredMessage
from aiormq.exceptions import ChannelInvalidStateError, ChannelNotFoundEntity

from runtime.amqp.channels import channel_of
from runtime.amqp.link import tap_of
from runtime.amqp.properties import from_library
from schemas.properties import ReceivedProperties
from workers.broker.arrivals import Arrival, Arrivals, Wants, every

AHEAD = 200
"""Messages that come before they are asked for, and are in memory: of 2 MiB each, at the worst."""
BACK = 0.5
BACK_EVERY = 0.02
"""Seconds for the broker to take back some of what was held, and between two questions whether it
has all.
"""
ASK_DEPTH_AFTER = 1.0
"""Seconds without a message after which we ask whether there are any left: somebody else may have
taken them.
"""


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message looked at: nobody else gets it until it is forgotten, or the look ends."""

    browsing: "_Browsing"
    tag: int
    routing_key: str
    properties: ReceivedProperties
    body: bytes

    @property
    def headers(self) -> dict[str, Any]:
        """The message's headers, whatever types they have."""
        return self.properties.headers

    def forget(self) -> Awaitable[None]:
        """Tell the broker that its copy is no longer needed."""
        self.browsing.held -= 1
        self.browsing.forgotten += 1
        return self.browsing.channel.basic_ack(self.tag, wait=False)


@asynccontextmanager
async def browsing(
    connection: AbstractConnection, queue: str, *, wants: Wants = every
) -> AsyncIterator[AsyncIterator[HeldMessage]]:
    """Yield the queue's messages, each held back from others until it is acked or the block ends.

    As many as there were at the start; none where the queue does not exist. Bodies that nobody
    `wants` are empty.
    """
    tap = tap_of(connection)
    async with channel_of(connection) as channel:
        look = _Browsing(channel, queue)
        arrivals = Arrivals(tap, channel, look.arrived.put_nowait, wants)
        look.read_by(arrivals)
        try:
            yield look.messages()
        finally:
            await look.end_wholly()
            arrivals.close()


@asynccontextmanager
async def browsing_on(
    channel: Channel, queue: str, ahead: int = 0
) -> AsyncIterator[AsyncIterator[HeldMessage]]:
    """Do as `browsing` on a channel that nothing else is held on, with every body."""
    look = _Browsing(channel, queue, ahead)
    try:
        yield look.messages()
    finally:
        await look.end()


class _Browsing:
    """One look through one queue.

    `held` counts what was yielded and not forgotten, `forgotten` the rest of that.
    """

    def __init__(self, channel: Channel, queue: str, ahead: int = 0) -> None:
        self.channel = channel
        self.held = 0
        self.forgotten = 0
        self.arrived = asyncio.Queue[Arrival | None]()
        self._queue = queue
        self._ahead = ahead or AHEAD
        self._found = 0
        self._given = 0
        self._consumers: list[str] = []
        self._arrivals: Arrivals | None = None
        channel.closing.add_done_callback(lambda _: self.arrived.put_nowait(None))

    def read_by(self, arrivals: Arrivals) -> None:
        """Take messages from where they are read from the bytes, and not from the library."""
        self._arrivals = arrivals

    async def messages(self) -> AsyncGenerator[HeldMessage, None]:
        """Yield what there is; raises ChannelInvalidStateError once the channel is gone."""
        try:
            self._found = await self._ready()
        except ChannelNotFoundEntity:
            return

        for _ in range(self._found):
            if self.held >= self._given:
                await self._consume()
            message = await self._next()
            if message is None:
                return

            self.held += 1
            yield HeldMessage(self, *message)

    async def end(self) -> None:
        """Give back everything that was not forgotten."""
        if self.channel.is_closed:
            return
        for consumer in self._consumers:
            await self.channel.basic_cancel(consumer)
        await self.channel.basic_nack(0, multiple=True, requeue=True)

    async def end_wholly(self) -> None:
        """Give back everything, and return once the broker has it, where nobody takes it at once.

        The broker does that a moment after it was told, one consumer's after the other's: who looks
        in between finds a part, and brings it out of order.
        """
        if self.channel.is_closed or not self._consumers:
            return
        await self.end()

        most = 0
        deadline = monotonic() + BACK
        while monotonic() < deadline:
            ready = await self._ready()
            if ready >= self._found - self.forgotten:
                return

            if ready > most:
                most = ready
                deadline = monotonic() + BACK
            await asyncio.sleep(BACK_EVERY)

    async def _ready(self) -> int:
        found = await self.channel.queue_declare(self._queue, passive=True)
        return found.message_count or 0

    async def _consume(self) -> None:
        ahead = self._ahead
        if self._arrivals is not None:
            ahead = self._arrivals.ahead(is_first=not self._consumers)
        await self.channel.basic_qos(prefetch_count=ahead)
        consuming = await self.channel.basic_consume(self._queue, self._received)
        tag = str(consuming.consumer_tag)
        self._consumers.append(tag)
        self._given += ahead

    async def _received(self, message: DeliveredMessage) -> None:
        """Take a message from the library, where it is not read from the bytes."""
        tag = message.delivery_tag or 0
        key = message.routing_key or ""
        properties = from_library(message.header.properties)
        self.arrived.put_nowait(Arrival(tag, key, properties, message.body))

    async def _next(self) -> Arrival | None:
        """Return the next message; None where others have taken what was left."""
        while self.arrived.empty():
            with suppress(TimeoutError):
                async with asyncio.timeout(ASK_DEPTH_AFTER):
                    return _there(await self.arrived.get())
            if not await self._ready() and self.arrived.empty():
                return None
        return _there(self.arrived.get_nowait())


def _there(message: Arrival | None) -> Arrival:
    if message is None:
        raise ChannelInvalidStateError("the channel is gone")
    return message
