"""Channels: one for a while, one that is kept, and one whose publishes are confirmed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from aio_pika.abc import AbstractConnection
from aiormq import Channel

from runtime.amqp.confirms import Confirms
from runtime.amqp.fit import FRAME_MAX
from runtime.amqp.frames import MANDATORY
from runtime.amqp.link import CLOSE_TIMEOUT, quietly, tap_of
from runtime.lifetime import end_tasks

CLOSING = 1.0
"""Seconds in which a channel that the broker has closed says why."""


@asynccontextmanager
async def channel_of(connection: AbstractConnection) -> AsyncIterator[Channel]:
    """Open a channel for a while. Any error that the broker raises closes it, so one a purpose.

    What is done regularly takes a `KeptChannel`: the client leaks some 4 KiB with each channel.
    """
    opened = connection.channel(publisher_confirms=False)
    await opened.initialize()
    try:
        channel = await opened.get_underlay_channel()
        yield cast("Channel", channel)
    finally:
        with quietly():
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await opened.close()


async def open_channel(connection: AbstractConnection, *, confirms: bool = False) -> Channel:
    """Open a channel for as long as the caller keeps it."""
    opened = connection.channel(publisher_confirms=confirms, on_return_raises=False)
    await opened.initialize()
    channel = await opened.get_underlay_channel()
    return cast("Channel", channel)


async def open_confirmed(
    connection: AbstractConnection, confirm_timeout: float, bits: bytes = MANDATORY
) -> tuple[Channel, Confirms]:
    """Open a channel to publish on; a confirm has so many seconds.

    The confirms are closed as soon as the channel is. `bits` say what becomes of a message that no
    queue takes: see `frames`.
    """
    channel = await open_channel(connection, confirms=True)
    tap = tap_of(connection)
    agreed = channel.connection.connection_tune
    frame_max = agreed.frame_max or FRAME_MAX

    confirms = Confirms(tap, channel.number, frame_max, confirm_timeout)
    confirms.bits = bits
    channel.closing.add_done_callback(lambda _: confirms.close())
    return channel, confirms


async def closed_or_doubted(
    closing: asyncio.Future[Any], doubted: asyncio.Event, soonest: float
) -> None:
    """Return when a channel closes; when it is doubted too, but not before so many seconds."""
    has_doubt = asyncio.create_task(doubted.wait())
    pause = asyncio.create_task(asyncio.sleep(soonest))
    try:
        await asyncio.wait([closing, has_doubt], return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait([closing, pause], return_when=asyncio.FIRST_COMPLETED)
    finally:
        has_doubt.cancel()
        pause.cancel()


async def why_closed(channel: Channel) -> str:
    """Say why a channel is closed, in the broker's words where that did it; the empty string where
    nobody says.
    """
    closing = channel.closing
    await asyncio.wait([closing], timeout=CLOSING)
    if not closing.done() or closing.cancelled():
        return ""
    return str(closing.exception() or "")


class RetiredChannels:
    """Channels on which nobody publishes any more, closed `after` so many seconds.

    By then nobody waits for a confirm on them.
    """

    def __init__(self, after: float) -> None:
        self._after = after
        self._closing: set[asyncio.Task[None]] = set()

    def add(self, channel: Channel) -> None:
        """Have the channel closed."""
        closing = asyncio.create_task(self._close(channel))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def end(self) -> None:
        """Cancel the closings that still run."""
        await end_tasks(self._closing)

    async def _close(self, channel: Channel) -> None:
        await asyncio.sleep(self._after)
        with quietly():
            await channel.close()


def giving(connection: AbstractConnection) -> Callable[[], Awaitable[AbstractConnection]]:
    """Return a function that gives this connection, for code that asks for one each time."""

    async def get() -> AbstractConnection:
        return connection

    return get


class KeptChannel:
    """One channel for all that is looked at on it.

    A fresh one where an error or a lost link has closed the last. `connection` gives the
    connection, and waits while there is none.
    """

    def __init__(self, connection: Callable[[], Awaitable[AbstractConnection]]) -> None:
        self._connection = connection
        self._channel: Channel | None = None

    @classmethod
    def on(cls, connection: AbstractConnection) -> "KeptChannel":
        """Keep a channel of this connection, as long as it lasts."""
        return cls(giving(connection))

    async def get(self) -> Channel:
        """Return the channel, open."""
        if self._channel is None or self._channel.is_closed:
            connection = await self._connection()
            self._channel = await open_channel(connection)
        return self._channel

    async def close(self) -> None:
        """Close the channel, where one is open."""
        if self._channel is None or self._channel.is_closed:
            return
        with quietly():
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._channel.close()


@asynccontextmanager
async def keeping(connection: AbstractConnection) -> AsyncIterator[KeptChannel]:
    """Keep a channel for a while, over errors that the broker raises."""
    kept = KeptChannel.on(connection)
    try:
        yield kept
    finally:
        await kept.close()
