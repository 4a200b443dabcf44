"""Reading a stream of the broker: its records, from an offset on."""

import asyncio

from aiormq import Channel
from aiormq.abc import DeliveredMessage
from aiormq.exceptions import ChannelInvalidStateError

PREFETCH = 200


class Reading:
    """A consumer of a stream, from an offset on."""

    def __init__(self, channel: Channel, stream: str) -> None:
        self._channel = channel
        self._stream = stream
        self._arrived = asyncio.Queue[DeliveredMessage | None]()
        self._tag: str | None = None
        self._unacked = 0

    async def start(self, offset: int | str) -> None:
        """Have the records from an offset on handed to us, and those that are still to come."""
        await self._channel.basic_qos(prefetch_count=PREFETCH)
        consuming = await self._channel.basic_consume(
            self._stream, self._arrived.put, arguments={"x-stream-offset": offset}
        )
        self._tag = consuming.consumer_tag

    async def next(self, seconds: float) -> tuple[int, bytes] | None:
        """Return offset and body of the next record; None where none comes for so long.

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
        if self._unacked >= PREFETCH // 2:  # a stream goes on giving only to who acknowledges
            await self._channel.basic_ack(message.delivery_tag or 0, multiple=True, wait=False)
            self._unacked = 0

        headers = message.header.properties.headers or {}
        offset = headers.get("x-stream-offset")
        if not isinstance(offset, int):
            offset = 0
        return offset, message.body

    def end(self) -> None:
        """Have who waits for the next record learn at once that none comes any more."""
        self._arrived.put_nowait(None)

    async def stop(self) -> None:
        """Have no more handed to us."""
        if self._tag is None or self._channel.is_closed:
            return
        await self._channel.basic_cancel(self._tag)
