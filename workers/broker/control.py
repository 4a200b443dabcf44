"""The control log on the broker: a stream, read to its end and written to."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, NoReturn

from aiormq import Channel
from aiormq.exceptions import ChannelNotFoundEntity

from runtime.amqp.properties import for_copy
from runtime.amqp.stream import Reading, last_chunk
from runtime.amqp.stream import records as records_of
from schemas.control import RESTATE_EVERY, ControlState, fold, restates_all
from schemas.control_records import decode, encode, ordered
from schemas.names import control_stream
from schemas.orders import Order
from schemas.properties import ReceivedProperties
from workers.broker.publisher import Publisher

READ_TIMEOUT = 30
"""Seconds for reading all of it. Who follows it looks as often whether its channel still lives."""
Found = AsyncGenerator[tuple[int, dict[str, Any]], None]
"""Records, each with its offset."""


async def read(
    channel: Channel, app: str, known: ControlState | None = None
) -> ControlState | None:
    """Return what the app's control log says by now.

    None where the broker has no such log: that closes the channel.

    `known` is what it said before: then only what has come since is read.
    """
    stream = control_stream(app)
    try:
        await channel.queue_declare(stream, passive=True)
    except ChannelNotFoundEntity:
        return None

    async with asyncio.timeout(READ_TIMEOUT):
        # Whoever declares it writes a first record at once, so that an empty one is waited for
        # where an operator has declared it, and never again.
        chunk = await last_chunk(channel, stream)
        if not chunk:
            return ControlState()
        last = chunk[-1].offset
        if known is not None and 0 < known.next_offset <= last + 1:
            state, _ = await _fold_from(channel, stream, known.next_offset, last, known)
            return state
        return await _read_whole(channel, stream, last)


async def _read_whole(channel: Channel, stream: str, last: int) -> ControlState:
    """Read from before the last restatement on; from the start where there is none."""
    far_enough_back = last - 2 * RESTATE_EVERY
    start = max(0, far_enough_back)
    state, is_whole = await _fold_from(channel, stream, start, last, ControlState())
    if is_whole:
        return state

    state, _ = await _fold_from(channel, stream, 0, last, ControlState())
    return state


async def records(channel: Channel, app: str) -> Found:
    """Yield every record that the app's control log holds by now, the oldest first.

    Where the broker has no such log, there is none, and the channel is closed.
    """
    stream = control_stream(app)
    try:
        await channel.queue_declare(stream, passive=True)
    except ChannelNotFoundEntity:
        return

    chunk = await last_chunk(channel, stream)
    if not chunk:
        return

    async with aclosing(_between(channel, stream, 0, chunk[-1].offset)) as found:
        async for offset, record in found:
            yield offset, record


async def follow(
    channel: Channel, app: str, state: ControlState, heard: Callable[[ControlState], None]
) -> NoReturn:
    """Tell the state now and after each further record, until channel or stream are lost.

    Raises one of LOST then.
    """
    reading = Reading(channel, control_stream(app))
    channel.closing.add_done_callback(lambda _: reading.end())
    channel.on_consumer_cancel_callbacks.add(lambda _: reading.end())

    await reading.start(state.next_offset)
    heard(state)
    while True:
        found = await reading.next(READ_TIMEOUT)
        if found is None:
            continue

        offset = found.offset
        if offset >= state.next_offset:  # a chunk is given whole
            state = fold(state, decode(found.body), offset)
            heard(state)


async def write(publisher: Publisher, app: str, record: Mapping[str, Any]) -> None:
    """Add a record to the app's control log, and return once it is stored; raises NotPublished."""
    stream = control_stream(app)
    described = ReceivedProperties(content_type="application/json", app_id=app)
    properties = for_copy(described, {})
    body = encode(record)
    await publisher.publish(stream, "", properties, body)


async def give(publisher: Publisher, app: str, order: Order) -> None:
    """Add an order to the app's control log; raises as `write` does."""
    record = ordered(order)
    await write(publisher, app, record)


async def _fold_from(
    channel: Channel, stream: str, start: int, last: int, state: ControlState
) -> tuple[ControlState, bool]:
    """Fold what stands from `start` to `last`; tell whether nothing before can matter."""
    is_whole = False
    async with aclosing(_between(channel, stream, start, last)) as found:
        async for offset, record in found:
            is_whole = is_whole or offset == 0 or restates_all(record)
            state = fold(state, record, offset)
    return state, is_whole


async def _between(channel: Channel, stream: str, start: int, last: int) -> Found:
    """Yield what stands from `start` to `last`."""
    if start > last:
        return

    async with aclosing(records_of(channel, stream, start, last, READ_TIMEOUT)) as found:
        async for one in found:
            if one.offset >= start:  # a chunk is given whole
                yield one.offset, decode(one.body)
