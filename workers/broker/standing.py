"""How a queue stands: how much is in it, and who consumes it."""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

from aio_pika.abc import AbstractConnection
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity

from runtime.amqp.channels import KeptChannel

AT_ONCE = 8
"""Queues that are asked for at the same time: a channel asks for one after the other."""


class Standing(NamedTuple):
    """What the broker says of a queue; messages are those that wait for a consumer."""

    messages: int
    consumers: int


class MayNotAsk(Exception):
    """We have no permission on the queue."""


async def standing(kept: KeptChannel, queue: str) -> Standing | None:
    """Return how a queue stands; None where there is none.

    Raises MayNotAsk: up to RabbitMQ 4.2 anybody may, from 4.3 on only who has some permission on
    the queue.
    """
    channel = await kept.get()
    try:
        found = await channel.queue_declare(queue, passive=True)
    except ChannelNotFoundEntity:
        return None
    except ChannelAccessRefused as error:
        raise MayNotAsk(queue) from error
    return Standing(found.message_count or 0, found.consumer_count or 0)


async def standing_if_allowed(kept: KeptChannel, queue: str) -> Standing | None:
    """Return how a queue stands; None where there is none, or where we may not ask."""
    try:
        return await standing(kept, queue)
    except MayNotAsk:
        return None


class Standings:
    """Asks how many queues stand, on channels that it keeps."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._channels = [KeptChannel.on(connection) for _ in range(AT_ONCE)]

    async def of(self, queues: Iterable[str]) -> dict[str, Standing | None]:
        """Return how each stands; None where there is none, or where we may not ask."""
        left = iter(queues)
        found: dict[str, Standing | None] = {}

        async def ask(kept: KeptChannel) -> None:
            for queue in left:
                found[queue] = await standing_if_allowed(kept, queue)

        asking = map(ask, self._channels)
        await asyncio.gather(*asking)
        return found
