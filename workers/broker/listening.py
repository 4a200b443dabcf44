"""Reading a tap's queue: copies are handed on one by one, and forgotten once they are done with."""

import asyncio

from aiormq import Channel
from aiormq.abc import DeliveredMessage
from aiormq.exceptions import ChannelInvalidStateError

from runtime.amqp.channels import open_channel
from runtime.amqp.link import Connection
from runtime.amqp.properties import from_library
from schemas.properties import ReceivedProperties

AHEAD = 10
"""Copies that come before they are asked for."""


class Heard:
    """A copy that has come to a tap."""

    def __init__(self, channel: Channel, message: DeliveredMessage) -> None:
        self.properties: ReceivedProperties = from_library(message.header.properties)
        self.body: bytes = message.body
        self._channel = channel
        self._tag = message.delivery_tag or 0

    async def forget(self) -> None:
        """Tell the broker that it is done with."""
        await self._channel.basic_ack(self._tag, wait=False)


class Listening:
    """Listens at a queue, until its channel is gone."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._arrived = asyncio.Queue[DeliveredMessage | None]()
        channel.closing.add_done_callback(lambda _: self.end())
        channel.on_consumer_cancel_callbacks.add(lambda _: self.end())

    @classmethod
    async def at(cls, connection: Connection, queue: str) -> "Listening":
        """Begin to listen."""
        channel = await open_channel(connection)
        listening = cls(channel)
        await channel.basic_qos(prefetch_count=AHEAD)
        await channel.basic_consume(queue, listening._arrived.put)
        return listening

    async def next(self, seconds: float) -> Heard | None:
        """Return what comes next; None where nothing does for so long.

        Raises ChannelInvalidStateError once nothing comes any more.
        """
        try:
            async with asyncio.timeout(seconds):
                message = await self._arrived.get()
        except TimeoutError:
            return None

        if message is None:
            raise ChannelInvalidStateError("the queue or the channel is gone")
        return Heard(self._channel, message)

    def end(self) -> None:
        """Have who waits learn at once that nothing comes any more."""
        self._arrived.put_nowait(None)
