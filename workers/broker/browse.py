"""Looking through plain queues: messages are held while they are looked at, and go back to their places after."""

from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aio_pika.abc import AbstractConnection
from aiormq import Channel, spec
from aiormq.exceptions import ChannelNotFoundEntity

from runtime.amqp.declare import channel_of
from schemas import headers as names
from schemas.dead_letter import replayed
from schemas.description import Description
from schemas.topic import Topic
from schemas.topology import (
    WorkQueue,
    catalogue_queue,
    dead_exchange,
    return_exchange,
    unrouted_queue,
    webhooks_exchange,
)
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
    async with channel_of(connection) as channel:
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


async def catalogued(connection: AbstractConnection, app: str) -> set[WorkQueue]:
    """Return every work queue that a worker of the app has ever declared."""
    async with held(connection, catalogue_queue(app)) as messages:
        found = [WorkQueue.parse(message.body.decode(errors="replace")) async for message in messages]
    return {queue for queue in found if queue is not None}


async def catalogue(connection: AbstractConnection, publisher: Publisher, queues: Iterable[WorkQueue]) -> None:
    """Note the queues down, those that are not noted yet. Two workers at once may note one twice: no harm."""
    wanted = set(queues)
    for app in {queue.app for queue in wanted}:
        for queue in sorted(wanted - await catalogued(connection, app)):
            properties = properties_like(Description(content_type="text/plain"), {})
            await publisher.publish(dead_exchange(app), catalogue_queue(app), properties, queue.name.encode())


async def replay(publisher: Publisher, queue: WorkQueue, letter: Held) -> None:
    """Put a dead letter back on its queue: the copy is confirmed, then the letter forgotten. Raises NotPublished."""
    properties = properties_like(letter.properties, replayed(letter.headers))
    await publisher.publish(return_exchange(queue.app), queue.name, properties, letter.body)
    await letter.forget()


async def unrouted(connection: AbstractConnection, app: str) -> int:
    """Count what lies unrouted."""
    async with channel_of(connection) as channel:
        return (await channel.queue_declare(unrouted_queue(app), passive=True)).message_count or 0


async def adopt(
    connection: AbstractConnection, publisher: Publisher, queues: Iterable[WorkQueue], window: int
) -> tuple[int, int]:
    """Move what waits in unrouted for these queues to them; return how many were moved, and how many left.

    A webhook goes to every queue that is bound for its topic by now, a retry back to its own. What is for others stays
    in its place; past `window` of those the search ends.
    """
    mine, adopted, left = list(queues), 0, 0
    for app in {queue.app for queue in mine}:
        async with held(connection, unrouted_queue(app)) as messages:
            async for message in messages:
                exchange = _home(app, mine, message.routing_key)
                if exchange is None:
                    left += 1
                    if left >= window:
                        break
                    continue
                copy = properties_like(message.properties, names.kept(message.headers))
                await publisher.publish(exchange, message.routing_key, copy, message.body)
                await message.forget()
                adopted += 1
    return adopted, left


def _home(app: str, mine: Iterable[WorkQueue], key: str) -> str | None:
    """Return the exchange that leads a routing key to one of these queues: a retry's is its queue's own name."""
    if any(key == queue.name for queue in mine):
        return return_exchange(app)
    if key.count(".") == 1 and any(queue.takes(Topic(key)) for queue in mine):
        return webhooks_exchange(app)
    return None
