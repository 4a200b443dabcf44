"""Looking through queues: messages are held while looked at, and go back to their places after.

They are consumed, some hundreds ahead: asking for each with a `basic.get` takes 3 ms, this a tenth
of one. A consumer is given no more than its prefetch while it acknowledges nothing, so whenever all
are held, one more consumer starts.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from aio_pika.abc import AbstractConnection
from aiormq import Channel
from aiormq.abc import DeliveredMessage
from aiormq.exceptions import ChannelInvalidStateError, ChannelNotFoundEntity

from runtime.amqp.channels import channel_of
from runtime.amqp.properties import from_library
from schemas.properties import ReceivedProperties

AHEAD = 200
"""Messages that come before they are asked for, and are in memory: of 2 MiB each, at the worst."""
QUIET = 1.0
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
        return self.browsing.channel.basic_ack(self.tag, wait=False)


@asynccontextmanager
async def browsing(
    connection: AbstractConnection, queue: str
) -> AsyncIterator[AsyncIterator[HeldMessage]]:
    """Yield the queue's messages, each held back from others until it is acked or the block ends.

    As many as there were at the start, at most; none where the queue does not exist.
    """
    async with channel_of(connection) as channel, browsing_on(channel, queue) as messages:
        yield messages


@asynccontextmanager
async def browsing_on(channel: Channel, queue: str) -> AsyncIterator[AsyncIterator[HeldMessage]]:
    """Do as `browsing` on a channel that nothing else is held on."""
    look = _Browsing(channel, queue)
    try:
        yield look.messages()
    finally:
        await look.end()


class _Browsing:
    """One look through one queue. `held` counts what was yielded and not forgotten."""

    def __init__(self, channel: Channel, queue: str) -> None:
        self.channel = channel
        self.held = 0
        self._queue = queue
        self._arrived = asyncio.Queue[DeliveredMessage | None]()
        self._consumers: list[str] = []
        channel.closing.add_done_callback(lambda _: self._arrived.put_nowait(None))

    async def messages(self) -> AsyncGenerator[HeldMessage, None]:
        """Yield what there is; raises ChannelInvalidStateError once the channel is gone."""
        try:
            ready = await self._ready()
        except ChannelNotFoundEntity:
            return

        await self.channel.basic_qos(prefetch_count=AHEAD)
        for _ in range(ready):
            if self.held >= AHEAD * len(self._consumers):
                await self._consume()
            message = await self._next()
            if message is None:
                return

            self.held += 1
            yield self._held(message)

    def _held(self, message: DeliveredMessage) -> HeldMessage:
        tag = message.delivery_tag or 0
        key = message.routing_key or ""
        properties = from_library(message.header.properties)
        return HeldMessage(self, tag, key, properties, message.body)

    async def end(self) -> None:
        """Give back everything that was not forgotten."""
        if self.channel.is_closed:
            return
        for consumer in self._consumers:
            await self.channel.basic_cancel(consumer)
        await self.channel.basic_nack(0, multiple=True, requeue=True)

    async def _ready(self) -> int:
        found = await self.channel.queue_declare(self._queue, passive=True)
        return found.message_count or 0

    async def _consume(self) -> None:
        consuming = await self.channel.basic_consume(self._queue, self._arrived.put)
        tag = str(consuming.consumer_tag)
        self._consumers.append(tag)

    async def _next(self) -> DeliveredMessage | None:
        """Return the next message; None where others have taken what was left."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(QUIET):
                    message = await self._arrived.get()
                if message is None:
                    raise ChannelInvalidStateError("the channel is gone")
                return message
            if not await self._ready() and self._arrived.empty():
                return None
