"""How a queue stands: how much is in it, and who consumes it."""

from typing import NamedTuple

from aiormq.exceptions import ChannelNotFoundEntity

from runtime.amqp.channels import KeptChannel


class Standing(NamedTuple):
    """What the broker says of a queue; messages are those that wait for a consumer."""

    messages: int
    consumers: int


async def standing(kept: KeptChannel, queue: str) -> Standing | None:
    """Return how a queue stands; None where there is none."""
    channel = await kept.get()
    try:
        found = await channel.queue_declare(queue, passive=True)
    except ChannelNotFoundEntity:
        return None
    return Standing(found.message_count or 0, found.consumer_count or 0)
