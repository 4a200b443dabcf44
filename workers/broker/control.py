"""The control log on the broker: a stream, read to its end and written to."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiormq import Channel
from aiormq.abc import DeliveredMessage
from aiormq.exceptions import ChannelInvalidStateError, ChannelNotFoundEntity

from runtime.amqp.properties import for_copy
from schemas.control import RESTATE_EVERY, State, What, fold
from schemas.control_records import decode, encode
from schemas.names import control_stream
from schemas.properties import ReceivedProperties
from workers.broker.publisher import Publisher

TIMEOUT = 30
"""Seconds for reading all of it."""
EMPTY = 2.0
"""Seconds after which a stream that gives nothing has nothing: AMQP cannot ask how much is in one.

Whoever declares it writes a first record at once, so that this is waited for where an operator has
declared it, and never again.
"""
QUIET = 0.05
"""Seconds without a record after which the last chunk has come whole: records written at once come
together.
"""
PREFETCH = 200


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
        last = await _last_offset(channel, stream)
        if last is None:
            return State()
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


class _Reading:
    """A consumer of a stream, from an offset on."""

    def __init__(self, channel: Channel, stream: str) -> None:
        self._channel = channel
        self._stream = stream
        self._arrived = asyncio.Queue[DeliveredMessage]()
        self._tag: str | None = None
        self._unacked = 0

    async def start(self, offset: int | str) -> None:
        await self._channel.basic_qos(prefetch_count=PREFETCH)
        consuming = await self._channel.basic_consume(
            self._stream, self._arrived.put, arguments={"x-stream-offset": offset}
        )
        self._tag = consuming.consumer_tag

    async def next(self, seconds: float) -> tuple[int, bytes] | None:
        """Return offset and body of the next record; None where none comes for so long.

        Raises ChannelInvalidStateError where the channel is lost: nothing comes then, and that says
        nothing.
        """
        try:
            async with asyncio.timeout(seconds):
                message = await self._arrived.get()
        except TimeoutError:
            if self._channel.is_closed:
                raise ChannelInvalidStateError("the channel is gone") from None
            return None

        self._unacked += 1
        if self._unacked >= PREFETCH // 2:  # a stream goes on giving only to who acknowledges
            await self._channel.basic_ack(message.delivery_tag or 0, multiple=True, wait=False)
            self._unacked = 0

        headers = message.header.properties.headers or {}
        offset = headers.get("x-stream-offset")
        if not isinstance(offset, int):
            offset = 0
        return offset, message.body

    async def stop(self) -> None:
        if self._tag is None or self._channel.is_closed:
            return
        await self._channel.basic_cancel(self._tag)


async def _last_offset(channel: Channel, stream: str) -> int | None:
    """Return the offset of the last record there is now; None where there is none."""
    last = None
    reading = _Reading(channel, stream)
    try:
        await reading.start("last")
        found = await reading.next(EMPTY)
        while found is not None:
            last, _ = found
            found = await reading.next(QUIET)
    finally:
        await reading.stop()
    return last


async def _fold_from(
    channel: Channel, stream: str, start: int, last: int, state: State
) -> tuple[State, bool]:
    """Fold what stands from `start` to `last`; tell whether nothing before can matter."""
    is_whole = False
    if start > last:
        return state, is_whole

    reading = _Reading(channel, stream)
    try:
        await reading.start(start)
        while state.next_offset <= last:
            found = await reading.next(TIMEOUT)
            if found is None:
                break

            offset, body = found
            if offset < start:  # a chunk is given whole
                continue
            record = decode(body)
            is_whole = is_whole or offset == 0 or record.get("what") == What.STATE
            state = fold(state, record, offset)
    finally:
        await reading.stop()
    return state, is_whole
