"""Making the broker hold what is needed, or checking that it does, on one channel that is kept for looking."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, cast

from aio_pika.abc import AbstractConnection
from aiormq import Channel
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity, ChannelPreconditionFailed

from runtime.amqp.link import CLOSE_TIMEOUT, quietly
from schemas.topology import Exchange, Queue, Topology

TIMEOUT = 30
"""Seconds for everything of an app: a new quorum queue takes some 20 ms, a cluster that is electing much longer."""


class TopologyDiffersError(RuntimeError):
    """The broker holds something else under our names; each line says what."""


@asynccontextmanager
async def channel_of(connection: AbstractConnection, *, confirms: bool = False) -> AsyncIterator[Channel]:
    """Open a channel for a while. Any error that the broker raises closes it, so one a purpose.

    What is done regularly takes a `KeptChannel`: the client leaks some 4 KiB with each channel.
    """
    opened = connection.channel(publisher_confirms=confirms, on_return_raises=confirms)
    await opened.initialize()
    try:
        yield cast("Channel", await opened.get_underlay_channel())
    finally:
        with quietly():
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await opened.close()


class KeptChannel:
    """One channel of a connection for all that is looked at on it; a fresh one where an error has closed the last."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self._channel: Channel | None = None

    async def get(self) -> Channel:
        """Return the channel, open."""
        if self._channel is None or self._channel.is_closed:
            opened = self._connection.channel(publisher_confirms=False)
            await opened.initialize()
            self._channel = cast("Channel", await opened.get_underlay_channel())
        return self._channel


async def declare(kept: KeptChannel, wholes: Iterable[Topology], *, verify_only: bool = False) -> None:
    """Declare exchanges, queues and bindings, or only check the first two: AMQP does not show bindings.

    Raises TopologyDiffersError with everything that differs at once, or what AMQP raises.
    """
    everything = list(wholes)
    differences: list[str] = []
    for whole in everything:
        things: tuple[Exchange | Queue, ...] = (*whole.exchanges, *whole.queues)
        async with asyncio.timeout(TIMEOUT):
            differences += [await _one(kept, thing, check_first=verify_only) for thing in things]
    if any(differences):
        raise TopologyDiffersError("\n".join(filter(None, differences)))
    if not verify_only:
        await _bind(kept, everything)


async def _bind(kept: KeptChannel, wholes: Iterable[Topology]) -> None:
    channel = await kept.get()
    for whole in wholes:
        async with asyncio.timeout(TIMEOUT):
            for binding in whole.bindings:
                await channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)


async def _one(kept: KeptChannel, thing: Exchange | Queue, *, check_first: bool) -> str:
    """Declare one thing and return what differs.

    With `check_first` it must exist already; declaring what exists changes nothing and compares the arguments, unless
    we may not declare at all, which counts as agreement.
    """
    what = f"{type(thing).__name__.lower()} {thing.name}"
    try:
        if check_first:
            await _declare(await kept.get(), thing, passive=True)
        await _declare(await kept.get(), thing, passive=False)
    except ChannelNotFoundEntity:
        return f"{what} is missing"
    except ChannelPreconditionFailed as error:
        return f"{what}: {error}"
    except ChannelAccessRefused:
        if not check_first:
            raise
    return ""


async def _declare(channel: Channel, thing: Exchange | Queue, *, passive: bool) -> None:
    arguments: Any = dict(thing.arguments)
    if isinstance(thing, Exchange):
        await channel.exchange_declare(
            thing.name, exchange_type=thing.type, durable=True, passive=passive, arguments=arguments
        )
    else:
        await channel.queue_declare(thing.name, durable=True, passive=passive, arguments=arguments)
