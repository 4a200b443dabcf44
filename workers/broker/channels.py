"""Channels: one for a while, and one that is kept."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

from aio_pika.abc import AbstractConnection
from aiormq import Channel


@asynccontextmanager
async def channel_of(connection: AbstractConnection, *, confirms: bool = False) -> AsyncIterator[Channel]:
    """Open a channel for a while. Any error that the broker raises closes it, so one a purpose."""
    async with connection.channel(publisher_confirms=confirms, on_return_raises=confirms) as channel:
        yield cast("Channel", await channel.get_underlay_channel())


class KeptChannel:
    """A channel for what is done again and again: the client leaks 4 KiB with each channel that is opened.

    `connection` gives the connection, and waits while there is none.
    """

    def __init__(self, connection: Callable[[], Awaitable[AbstractConnection]]) -> None:
        self.connection = connection
        self._channel: Channel | None = None

    @classmethod
    def on(cls, connection: AbstractConnection) -> "KeptChannel":
        """Keep a channel of this connection, as long as it lasts."""

        async def get() -> AbstractConnection:
            return connection

        return cls(get)

    async def get(self) -> Channel:
        """Return the channel; a fresh one where an error or a lost link has closed it."""
        if self._channel is None or self._channel.is_closed:
            connection = await self.connection()
            opened = connection.channel(publisher_confirms=False)
            await opened.initialize()
            self._channel = cast("Channel", await opened.get_underlay_channel())
        return self._channel
