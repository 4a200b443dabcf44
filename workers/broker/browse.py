"""Looking through plain queues: messages are held while they are looked at, and go back to their places after."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aio_pika.abc import AbstractConnection
from aiormq import Channel, spec
from aiormq.exceptions import ChannelNotFoundEntity

from schemas.dead_letter import replayed
from schemas.description import Description
from schemas.names import WorkQueue, return_exchange
from workers.broker.channels import channel_of
from workers.broker.properties import described, properties_like
from workers.broker.publisher import Publisher


@dataclass(frozen=True, slots=True)
class Held:
    """A message looked at: nobody else gets it until it is forgotten, or the look ends."""

    channel: Channel
    tag: int
    routing_key: str
    properties: Description
    body: bytes

    @property
    def headers(self) -> dict[str, Any]:
        """The message's headers, whatever types they have."""
        return self.properties.headers

    def forget(self) -> Awaitable[None]:
        """Tell the broker that its copy is no longer needed."""
        return self.channel.basic_ack(self.tag, wait=False)


@asynccontextmanager
async def held(connection: AbstractConnection, queue: str) -> AsyncIterator[AsyncIterator[Held]]:
    """Yield the queue's messages, each held back from others until it is acked or the block ends.

    As many as there were at the start, at most; none where the queue does not exist.
    """
    async with channel_of(connection) as channel, held_on(channel, queue) as messages:
        yield messages


@asynccontextmanager
async def held_on(channel: Channel, queue: str) -> AsyncIterator[AsyncIterator[Held]]:
    """Do as `held` on a channel that nothing else is held on."""
    try:
        yield _messages(channel, queue)
    finally:
        if not channel.is_closed:
            await channel.basic_nack(0, multiple=True, requeue=True)


async def _messages(channel: Channel, queue: str) -> AsyncIterator[Held]:
    try:
        ready = (await channel.queue_declare(queue, passive=True)).message_count or 0
    except ChannelNotFoundEntity:
        return
    for _ in range(ready):
        message = await channel.basic_get(queue)
        if isinstance(message.delivery, spec.Basic.GetEmpty):
            return
        tag, key = message.delivery_tag or 0, message.routing_key or ""
        yield Held(channel, tag, key, described(message.header.properties), message.body)


async def replay(publisher: Publisher, queue: WorkQueue, letter: Held) -> None:
    """Put a dead letter back on its queue: the copy is confirmed, then the letter forgotten. Raises NotPublished."""
    properties = properties_like(letter.properties, replayed(letter.headers))
    await publisher.publish(return_exchange(queue.app), queue.name, properties, letter.body)
    await letter.forget()
