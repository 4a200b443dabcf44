"""The control log on the broker: a stream, read to its end and written to."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from aiormq import Channel
from aiormq.exceptions import ChannelNotFoundEntity

from runtime.amqp.properties import for_copy
from schemas.control import RESTATE_EVERY, State, What, fold
from schemas.control_records import decode, encode
from schemas.names import control_stream
from schemas.properties import ReceivedProperties
from workers.broker.publisher import Publisher
from workers.broker.stream import last_chunk, records

TIMEOUT = 30
"""Seconds for reading all of it."""


async def read(channel: Channel, app: str, known: State | None = None) -> State | None:
    """Return what the app's control log says by now.

    None where the broker has no such log: that closes the channel.

    `known` is what it said before: then only what has come since is read.
    """
    stream = control_stream(app)
    try:
        await channel.queue_declare(stream, passive=True)
    except ChannelNotFoundEntity:
        return None

    async with asyncio.timeout(TIMEOUT):
        # Whoever declares it writes a first record at once, so that an empty one is waited for
        # where an operator has declared it, and never again.
        chunk = await last_chunk(channel, stream)
        if not chunk:
            return State()
        last = chunk[-1].offset
        if known is not None and known.next_offset <= last + 1:
            state, _ = await _fold_from(channel, stream, known.next_offset, last, known)
            return state
        return await _read_whole(channel, stream, last)


async def _read_whole(channel: Channel, stream: str, last: int) -> State:
    """Read from before the last restatement on; from the start where there is none."""
    far_enough_back = last - 2 * RESTATE_EVERY
    start = max(0, far_enough_back)
    state, is_whole = await _fold_from(channel, stream, start, last, State())
    if is_whole:
        return state

    state, _ = await _fold_from(channel, stream, 0, last, State())
    return state


async def write(publisher: Publisher, app: str, record: Mapping[str, Any]) -> None:
    """Add a record to the app's control log, and return once it is stored; raises NotPublished."""
    stream = control_stream(app)
    described = ReceivedProperties(content_type="application/json", app_id=app)
    properties = for_copy(described, {})
    body = encode(record)
    await publisher.publish(stream, "", properties, body)


async def _fold_from(
    channel: Channel, stream: str, start: int, last: int, state: State
) -> tuple[State, bool]:
    """Fold what stands from `start` to `last`; tell whether nothing before can matter."""
    is_whole = False
    if start > last:
        return state, is_whole

    async with aclosing(records(channel, stream, start, last, TIMEOUT)) as found:
        async for offset, body in found:
            if offset < start:  # a chunk is given whole
                continue
            record = decode(body)
            is_whole = is_whole or offset == 0 or record.get("what") == What.STATE
            state = fold(state, record, offset)
    return state, is_whole
