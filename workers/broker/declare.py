"""Making the broker hold a topology, or checking that it does."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aio_pika.abc import AbstractConnection
from aiormq import Channel
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity, ChannelPreconditionFailed

from schemas.control import State
from schemas.names import first_edition_queue
from schemas.topology import VERSION, Binding, Exchange, Queue, Topology, rungs
from workers.broker.channels import channel_of

TIMEOUT = 60
"""Seconds for a whole topology: a new quorum queue takes some 20 ms, a cluster that is electing much longer."""


class TopologyDiffersError(RuntimeError):
    """The broker holds something else under our names; each line says what."""


async def declare(channel: Channel, topology: Topology, guards: Iterable[Binding] = ()) -> None:
    """Declare everything; what is there already stays as it is. Raises TopologyDiffersError, or what AMQP raises.

    `guards` are there while the bindings are made: between the first and the last of a topic's, a webhook would be
    routed to some of its queues, count as routed, and be lost to the others. With them it lies unrouted as well.
    """
    try:
        async with asyncio.timeout(TIMEOUT):
            for exchange in topology.exchanges:
                await _exchange(channel, exchange)
            for queue in topology.queues:
                await _queue(channel, queue)
            for binding in (*guards, *topology.bindings):
                await channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)
    except ChannelPreconditionFailed as error:
        raise TopologyDiffersError(str(error)) from error


async def take_away(channel: Channel, bindings: Iterable[Binding]) -> None:
    """Take bindings away; those that are not there are no error."""
    async with asyncio.timeout(TIMEOUT):
        for binding in bindings:
            await channel.queue_unbind(binding.queue, binding.exchange, binding.routing_key)


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


async def check_version(connection: AbstractConnection, app: str, state: State | None) -> None:
    """Raise TopologyDiffersError where the broker holds the app's names in another version. Changes nothing.

    `state` is what the control log says; the first edition had none, and other arguments on some queues.
    """
    if state is not None and state.topology == VERSION:
        return
    if state is not None and state.topology is not None:
        way_out = "update Hookline here" if state.topology > VERSION else "move over as the README says"
        raise TopologyDiffersError(
            f"app {app}: the broker holds version {state.topology} of the topology and this Hookline makes version "
            f"{VERSION}: {way_out}; nothing was changed"
        )
    if old := await _first_edition(connection, app):
        raise TopologyDiffersError(
            f"app {app}: the broker holds queues of Hookline's first edition ({old}), whose arguments cannot be "
            'changed: move over as the README says under "Moving from the first edition"; nothing was changed'
        )


async def _first_edition(connection: AbstractConnection, app: str) -> str:
    """Name a queue that the first edition declared and this version does not, or declares otherwise."""
    catalogue = first_edition_queue(app)
    if await _shows(connection, catalogue):
        return catalogue

    for queue in rungs(app).queues:
        difference = await _differs(connection, _queue, queue)
        if difference and not difference.endswith(_MISSING):
            return queue.name
    return ""


async def _shows(connection: AbstractConnection, queue: str) -> bool:
    """Tell whether the broker shows a queue. From 4.3 on it shows nothing to who has no permission on it."""
    try:
        async with asyncio.timeout(TIMEOUT), channel_of(connection) as channel:
            await channel.queue_declare(queue, passive=True)
    except (ChannelNotFoundEntity, ChannelAccessRefused):
        return False
    return True


_MISSING = "is missing"


async def _differs(
    connection: AbstractConnection,
    declare_one: Callable[..., Awaitable[Any]],
    one: Exchange | Queue,
) -> str:
    """Say what differs; on a channel of its own, for an error of the broker's closes it."""
    what = f"{type(one).__name__.lower()} {one.name}"
    try:
        async with asyncio.timeout(TIMEOUT), channel_of(connection) as channel:
            await declare_one(channel, one, passive=True)
            await declare_one(channel, one)
    except ChannelNotFoundEntity:
        return f"{what} {_MISSING}"
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
