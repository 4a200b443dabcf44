"""Making the broker hold what the ingress needs, or checking that it does."""

import asyncio
from collections.abc import Iterable
from typing import Any

from aio_pika.abc import AbstractConnection
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity, ChannelPreconditionFailed

from schemas.topology import Exchange, Queue, Topology, topology

TIMEOUT = 30
"""Seconds for everything of an app."""


class TopologyDiffersError(RuntimeError):
    """The broker holds something else under our names; each line says what."""


async def declare(connection: AbstractConnection, apps: Iterable[str], *, verify_only: bool) -> None:
    """Declare each app's exchanges, queues and bindings; or only check them, which says everything that differs."""
    wholes = [topology(app) for app in apps]
    things = [thing for whole in wholes for thing in _things(whole)]
    differences = [await _one(connection, thing, check_first=verify_only) for thing in things]
    if any(differences):
        raise TopologyDiffersError("\n".join(filter(None, differences)))
    if verify_only:  # AMQP does not show bindings
        return
    async with asyncio.timeout(TIMEOUT), connection.channel() as opened:
        channel = await opened.get_underlay_channel()
        for binding in (one for whole in wholes for one in whole.bindings):
            await channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)


def _things(whole: Topology) -> tuple[Exchange | Queue, ...]:
    return (*whole.exchanges, *whole.queues)


async def _one(connection: AbstractConnection, thing: Exchange | Queue, *, check_first: bool) -> str:
    """Declare one thing and return what differs. On a channel of its own: an error of the broker's closes it.

    With `check_first` it must exist already; declaring what exists changes nothing and compares the arguments, unless
    we may not declare at all, which counts as agreement.
    """
    what = f"{type(thing).__name__.lower()} {thing.name}"
    try:
        async with asyncio.timeout(TIMEOUT), connection.channel() as opened:
            channel = await opened.get_underlay_channel()
            for passive in (True, False) if check_first else (False,):
                await _declare(channel, thing, passive=passive)
    except ChannelNotFoundEntity:
        return f"{what} is missing"
    except ChannelPreconditionFailed as error:
        return f"{what}: {error}"
    except ChannelAccessRefused:
        if not check_first:
            raise
    return ""


async def _declare(channel: Any, thing: Exchange | Queue, *, passive: bool) -> None:
    if isinstance(thing, Exchange):
        kind = {"exchange_type": thing.type}
        await channel.exchange_declare(thing.name, **kind, durable=True, passive=passive, arguments=thing.arguments)
    else:
        await channel.queue_declare(thing.name, durable=True, passive=passive, arguments=thing.arguments)
