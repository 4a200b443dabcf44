"""Reading a stream: from an offset or a time on, to what is its end now."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from aiormq import Channel
from aiormq.abc import DeliveredMessage
from aiormq.exceptions import ChannelInvalidStateError

EMPTY = 2.0
"""Seconds after which a stream that gives nothing has nothing: AMQP cannot ask what is in one."""
CHUNK_ENDS_AFTER = 0.05
"""Seconds without a record after which the last chunk has come whole: records written at once come
together.
"""
CHUNK_WITHIN = 0.5
"""Seconds in which it comes: where others go on writing, there is always one record more."""
PREFETCH = 200


class Record(NamedTuple):
    """A record of a stream."""

    offset: int
    body: bytes
    headers: Mapping[str, Any] = MappingProxyType({})


class Reading:
    """A consumer of a stream."""

    def __init__(self, channel: Channel, stream: str, prefetch: int = PREFETCH) -> None:
        self._channel = channel
        self._prefetch = prefetch
        self._stream = stream
        self._arrived = asyncio.Queue[DeliveredMessage | None]()
        self._tag: str | None = None
        self._unacked = 0

    async def start(self, offset: int | str | datetime) -> None:
        """Have the records from there on handed to us, and those that are still to come."""
        await self._channel.basic_qos(prefetch_count=self._prefetch)
        consuming = await self._channel.basic_consume(
            self._stream, self._arrived.put, arguments={"x-stream-offset": offset}
        )
        self._tag = consuming.consumer_tag

    async def next(self, seconds: float) -> Record | None:
        """Return the next record; None where none comes for so long.

        Raises ChannelInvalidStateError where the channel is lost, or was said to be: nothing comes
        then, and that says nothing.
        """
        try:
            async with asyncio.timeout(seconds):
                message = await self._arrived.get()
        except TimeoutError:
            if self._channel.is_closed:
                raise ChannelInvalidStateError("the channel is gone") from None
            return None

        if message is None:
            raise ChannelInvalidStateError("the stream or the channel is gone")

        self._unacked += 1
        if self._unacked >= self._prefetch // 2:  # a stream goes on giving only to who acknowledges
            await self._channel.basic_ack(message.delivery_tag or 0, multiple=True, wait=False)
            self._unacked = 0

        headers = message.header.properties.headers or {}
        offset = headers.get("x-stream-offset")
        if not isinstance(offset, int):
            offset = 0
        return Record(offset, message.body, headers)

    def end(self) -> None:
        """Have who waits for the next record learn at once that none comes any more."""
        self._arrived.put_nowait(None)

    async def stop(self) -> None:
        """Have no more handed to us.

        All that was is acknowledged: on a channel that is kept the broker would remember it for
        good.
        """
        if self._tag is None or self._channel.is_closed:
            return
        await self._channel.basic_cancel(self._tag)
        await self._channel.basic_ack(0, multiple=True, wait=False)


async def last_chunk(channel: Channel, stream: str) -> list[Record]:
    """Return the records that were written last, at least one; none where there is none."""
    return [record async for record in _last_records(channel, stream)]


async def last_record(channel: Channel, stream: str, seconds: float) -> Record | None:
    """Return the record that was written last; None where none comes for so many seconds."""
    last: Record | None = None
    async for record in _last_records(channel, stream, seconds):
        last = record
    return last


async def _last_records(
    channel: Channel, stream: str, seconds: float = EMPTY
) -> AsyncGenerator[Record, None]:
    """Yield the records of the last chunk, and those that are written meanwhile."""
    loop = asyncio.get_running_loop()
    reading = Reading(channel, stream)
    try:
        await reading.start("last")
        record = await reading.next(seconds)
        enough_at = loop.time() + CHUNK_WITHIN
        while record is not None:
            yield record
            if loop.time() >= enough_at:
                return
            record = await reading.next(CHUNK_ENDS_AFTER)
    finally:
        await reading.stop()


async def records(
    channel: Channel,
    stream: str,
    start: int | datetime,
    last: int,
    seconds: float,
    prefetch: int = PREFETCH,
) -> AsyncGenerator[Record, None]:
    """Yield the records from an offset or a time on, up to the one at the offset `last`.

    Some from before the start come first: chunks are given whole. Ends early where no record comes
    for so many seconds. Whoever may end it early gives a small prefetch.
    """
    reading = Reading(channel, stream, prefetch)
    try:
        await reading.start(start)
        while True:
            record = await reading.next(seconds)
            if record is None:
                return
            yield record
            if record.offset >= last:
                return
    finally:
        await reading.stop()
