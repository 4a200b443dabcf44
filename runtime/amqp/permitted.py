"""Whether we may publish to an exchange and read from a queue, found out without doing either.

A publish is made within a transaction that is rolled back, a consumption asked for with an argument
that no broker takes: both are refused for want of permission before anything else.
"""

import asyncio
from typing import Any, NamedTuple

from aiormq import Channel
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity, ChannelPreconditionFailed

from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import Connection

PERMISSIONS_TIMEOUT = 60
"""Seconds for everything of an app."""
_NO_PRIORITY: Any = {"x-priority": "none"}


class Permitted(NamedTuple):
    """What is to be permitted: exchanges to publish to, queues to read from."""

    publish: tuple[str, ...] = ()
    read: tuple[str, ...] = ()


async def refused(connection: Connection, needed: Permitted) -> list[str]:
    """Say what we may not do of what is needed: `publish to …`, `read from …`.

    What is not there is nobody's to refuse: that it is missing is told elsewhere.
    """
    kept = KeptChannel.on(connection)
    told: list[str] = []
    async with asyncio.timeout(PERMISSIONS_TIMEOUT):
        for exchange in needed.publish:
            channel = await kept.get()
            if await _is_refused_publish(channel, exchange):
                told.append(f"publish to {exchange}")

        for queue in needed.read:
            channel = await kept.get()
            if await _is_refused_read(channel, queue):
                told.append(reading(queue))
    return told


def reading(queue: str) -> str:
    """Return how it is said that a queue may not be read from."""
    return f"read from {queue}"


async def _is_refused_publish(channel: Channel, exchange: str) -> bool:
    try:
        await channel.tx_select()
        await channel.basic_publish(b"", exchange=exchange, routing_key="canary")
        await channel.tx_rollback()
    except ChannelAccessRefused:
        return True
    except ChannelNotFoundEntity:
        return False
    return False


async def _is_refused_read(channel: Channel, queue: str) -> bool:
    try:
        await channel.basic_consume(queue, _ignore, arguments=_NO_PRIORITY)
    except ChannelAccessRefused:
        return True
    except (ChannelNotFoundEntity, ChannelPreconditionFailed):
        return False

    # A broker that takes the argument has consumed: whatever it handed out goes back at once.
    await channel.close()
    return False


async def _ignore(_: object) -> None:
    """Take no message: none comes."""
