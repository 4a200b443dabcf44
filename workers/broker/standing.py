"""How a queue stands: how much is in it, and who consumes it."""

from typing import NamedTuple

from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity

from runtime.amqp.channels import KeptChannel


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
