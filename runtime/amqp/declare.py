"""Making the broker hold what is needed, or checking that it does, on one kept channel."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from aiormq import Channel
from aiormq.exceptions import (
    ChannelAccessRefused,
    ChannelInvalidStateError,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
)

from runtime.amqp.channels import KeptChannel
from schemas.broker_objects import Binding, Destination, Exchange, Queue, Topology

DECLARE_TIMEOUT = 60
"""Seconds for everything of an app.

A new quorum queue takes some 20 ms, in a cluster that is electing much longer.
"""
MISSING = "is missing"

_BY_DECLARING = (False,)
_BY_LOOKING = (True,)
_BY_BOTH = (*_BY_LOOKING, *_BY_DECLARING)
"""Ways to ask for a difference: whether each declares passively, which changes nothing."""


class TopologyDiffersError(RuntimeError):
    """The broker holds something else under our names; each line says what."""


async def declare(kept: KeptChannel, whole: Topology) -> None:
    """Declare exchanges, queues and bindings; what is there already stays as it is.

    Raises TopologyDiffersError with everything that differs at once, or what AMQP raises.
    """
    await declare_unbound(kept, whole)
    await bind_at_once(kept, whole.bindings)


async def declare_unbound(kept: KeptChannel, whole: Topology) -> None:
    """Declare exchanges and queues alone; raises as `declare` does."""
    async with asyncio.timeout(DECLARE_TIMEOUT):
        things = _things(whole)
        lines = [await _difference(kept, thing, _BY_DECLARING) for thing in things]
        _raise_any(lines)


async def bind_at_once(kept: KeptChannel, bindings: Sequence[Binding]) -> None:
    """Bind all of them, as close together as can be: what comes meanwhile finds only some.

    So the last answer alone is waited for. The broker works them off in order, and closes the
    channel over one that fails.
    """
    channel = await kept.get()
    async with asyncio.timeout(DECLARE_TIMEOUT):
        try:
            for one in bindings[:-1]:
                await _bind(channel, one, nowait=True)
            for last in bindings[-1:]:
                await _bind(channel, last)
        except ChannelInvalidStateError:
            await channel.closing  # raises what the broker says of it
            raise


async def take_away(kept: KeptChannel, bindings: Iterable[Binding]) -> None:
    """Take bindings away; it is no error where they, or their exchanges, are not there."""
    async with asyncio.timeout(DECLARE_TIMEOUT):
        for binding in bindings:
            channel = await kept.get()
            with suppress(ChannelNotFoundEntity):
                await _unbind(channel, binding)


async def delete_exchanges(kept: KeptChannel, names: Iterable[str]) -> None:
    """Delete exchanges; it is no error where they are not there, nor where we may not."""
    async with asyncio.timeout(DECLARE_TIMEOUT):
        for name in names:
            channel = await kept.get()
            with suppress(ChannelNotFoundEntity, ChannelAccessRefused):
                await channel.exchange_delete(name)


async def _bind(channel: Channel, binding: Binding, *, nowait: bool = False) -> None:
    bind: Any = channel.queue_bind  # the library's types know `nowait` as a literal alone
    if binding.kind is Destination.EXCHANGE:
        bind = channel.exchange_bind
    await bind(binding.queue, binding.exchange, binding.routing_key, nowait=nowait)


async def _unbind(channel: Channel, binding: Binding) -> None:
    if binding.kind is Destination.EXCHANGE:
        await channel.exchange_unbind(binding.queue, binding.exchange, binding.routing_key)
    else:
        await channel.queue_unbind(binding.queue, binding.exchange, binding.routing_key)


async def verify(kept: KeptChannel, whole: Topology) -> None:
    """Check that every exchange and queue is there with our arguments.

    Raises TopologyDiffersError with all findings. AMQP does not show bindings.
    """
    _raise_any(await differences(kept, whole))


async def differences(kept: KeptChannel, whole: Topology) -> list[str]:
    """Say how exchanges and queues differ, a line each."""
    async with asyncio.timeout(DECLARE_TIMEOUT):
        things = _things(whole)
        lines = [await difference(kept, thing) for thing in things]
        return [line for line in lines if line]


async def difference(kept: KeptChannel, thing: Exchange | Queue) -> str:
    """Say how what the broker holds differs; the empty string where it does not. Changes nothing.

    Arguments are shown only to those who may declare: what exists is declared once more, and a
    refusal for lack of permission counts as agreement.
    """
    try:
        return await _difference(kept, thing, _BY_BOTH)
    except ChannelAccessRefused:
        return ""


async def exists(kept: KeptChannel, queue: str) -> bool:
    """Tell whether the broker shows a queue of this name.

    From RabbitMQ 4.3 on not to who has no permission on it.
    """
    try:
        return not await _difference(kept, Queue(queue), _BY_LOOKING)
    except ChannelAccessRefused:
        return False


def _things(whole: Topology) -> tuple[Exchange | Queue, ...]:
    return (*whole.exchanges, *whole.queues)


def _raise_any(lines: Iterable[str]) -> None:
    found = [line for line in lines if line]
    if found:
        raise TopologyDiffersError("\n".join(found))


async def _difference(kept: KeptChannel, thing: Exchange | Queue, ways: tuple[bool, ...]) -> str:
    """Declare the thing, passively and not, one after the other; say what the broker objects to."""
    kind = type(thing).__name__
    what = f"{kind.lower()} {thing.name}"
    try:
        for is_passive in ways:
            channel = await kept.get()
            await _declare(channel, thing, passive=is_passive)
    except ChannelNotFoundEntity:
        return f"{what} {MISSING}"
    except ChannelPreconditionFailed as error:
        return f"{what}: {error}"
    return ""


async def _declare(channel: Channel, thing: Exchange | Queue, *, passive: bool) -> None:
    arguments: Any = dict(thing.arguments)
    if isinstance(thing, Exchange):
        await channel.exchange_declare(
            thing.name, exchange_type=thing.type, durable=True, passive=passive, arguments=arguments
        )
    else:
        await channel.queue_declare(thing.name, durable=True, passive=passive, arguments=arguments)
