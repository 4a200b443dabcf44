"""Channels: one for a while, and one that is kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

from aio_pika.abc import AbstractConnection
from aiormq import Channel

from runtime.amqp.link import CLOSE_TIMEOUT, quietly


@asynccontextmanager
async def channel_of(
    connection: AbstractConnection, *, confirms: bool = False
) -> AsyncIterator[Channel]:
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


async def open_channel(
    connection: AbstractConnection, *, confirms: bool = False, raises_returns: bool = False
) -> Channel:
    """Open a channel for as long as the caller keeps it; `raises_returns`: what no queue takes is
    an error.
    """
    opened = connection.channel(publisher_confirms=confirms, on_return_raises=raises_returns)
    await opened.initialize()
    return cast("Channel", await opened.get_underlay_channel())


def always(connection: AbstractConnection) -> Callable[[], Awaitable[AbstractConnection]]:
    """Return what gives this connection, to who would wait for one that comes back."""

    async def get() -> AbstractConnection:
        return connection

    return get


class KeptChannel:
    """One channel for all that is looked at on it; a fresh one where an error or a lost link has
    closed the last.

    `connection` gives the connection, and waits while there is none.
    """

    def __init__(self, connection: Callable[[], Awaitable[AbstractConnection]]) -> None:
        self._connection = connection
        self._channel: Channel | None = None

    @classmethod
    def on(cls, connection: AbstractConnection) -> "KeptChannel":
        """Keep a channel of this connection, as long as it lasts."""
        return cls(always(connection))

    async def get(self) -> Channel:
        """Return the channel, open."""
        if self._channel is None or self._channel.is_closed:
            self._channel = await open_channel(await self._connection())
        return self._channel
