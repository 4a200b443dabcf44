"""Making the broker hold a topology, or checking that it does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aio_pika.abc import AbstractConnection
from aiormq import Channel
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity, ChannelPreconditionFailed

from runtime.amqp.declare import TopologyDiffersError, channel_of
from schemas.topology import Exchange, Queue, Topology

__all__ = ["TopologyDiffersError", "channel_of", "declare", "verify"]

TIMEOUT = 60
"""Seconds for a whole topology: a new quorum queue takes some 20 ms, a cluster that is electing much longer."""


async def declare(connection: AbstractConnection, topology: Topology) -> None:
    """Declare everything; what is there already stays as it is. Raises TopologyDiffersError, or what AMQP raises."""
    try:
        async with asyncio.timeout(TIMEOUT), channel_of(connection) as channel:
            for exchange in topology.exchanges:
                await _exchange(channel, exchange)
            for queue in topology.queues:
                await _queue(channel, queue)
            for binding in topology.bindings:
                await channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)
    except ChannelPreconditionFailed as error:
        raise TopologyDiffersError(str(error)) from error


async def verify(connection: AbstractConnection, topology: Topology) -> None:
    """Check that every exchange and queue is there with our arguments; raises TopologyDiffersError with all findings.

    AMQP does not show bindings, and shows arguments only to those who may declare: what exists is declared once more,
    which changes nothing, and a refusal for lack of permission counts as agreement.
    """
    found = [
        *[await _differs(connection, _exchange, one) for one in topology.exchanges],
        *[await _differs(connection, _queue, one) for one in topology.queues],
    ]
    if differences := [line for line in found if line]:
        raise TopologyDiffersError("\n".join(differences))


async def _differs(
    connection: AbstractConnection, declare_one: Callable[..., Awaitable[Any]], one: Exchange | Queue
) -> str:
    what = f"{type(one).__name__.lower()} {one.name}"
    try:
        async with asyncio.timeout(TIMEOUT), channel_of(connection) as channel:
            await declare_one(channel, one, passive=True)
            await declare_one(channel, one)
    except ChannelNotFoundEntity:
        return f"{what} is missing"
    except ChannelPreconditionFailed as error:
        return f"{what}: {error}"
    except ChannelAccessRefused:
        return ""
    return ""


async def _exchange(channel: Channel, exchange: Exchange, *, passive: bool = False) -> None:
    await channel.exchange_declare(
        exchange.name, exchange_type=exchange.type, durable=True, passive=passive, arguments=dict(exchange.arguments)
    )


async def _queue(channel: Channel, queue: Queue, *, passive: bool = False) -> None:
    await channel.queue_declare(queue.name, durable=True, passive=passive, arguments=dict(queue.arguments))
