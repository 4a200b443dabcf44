"""The workers' connections to the broker: each comes back by itself, and can be waited for."""

import asyncio
from collections.abc import Sequence
from itertools import cycle

from aio_pika.abc import AbstractConnection
from yarl import URL

from runtime.amqp.link import linked
from runtime.amqp.tap import Tap
from runtime.telemetry import CONNECTED


class ReconnectingLink:
    """Keeps one connection open: tries the URLs in turn, for ever, with growing jittered pauses."""

    def __init__(self, urls: Sequence[str], role: str) -> None:
        parsed = [URL(url) for url in urls]
        self._urls = cycle(parsed)
        self._role = role
        self._connection: AbstractConnection | None = None
        self._opened = asyncio.Event()
        self._gauge = CONNECTED.labels(role)
        self.tap: Tap  # of the connection that is open

    @property
    def is_open(self) -> bool:
        """Whether there is a connection now."""
        return self._opened.is_set()

    async def connection(self) -> AbstractConnection:
        """Return the connection; wait for one while there is none."""
        await self._opened.wait()
        assert self._connection is not None  # noqa: S101 - set before the event
        return self._connection

    async def run(self) -> None:
        """Connect, wait until the connection is lost, and begin again, until cancelled.

        The end closes the connection. Raises UnexpectedClientError.
        """
        name = f"workers {self._role}"
        while True:
            async with linked(self._urls, name) as link:
                self._connection = link.connection
                self.tap = link.tap
                self._opened.set()
                self._gauge.set(1)
                try:
                    await link.lost.wait()
                finally:
                    self._opened.clear()
                    self._gauge.set(0)
