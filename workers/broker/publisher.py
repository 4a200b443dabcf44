"""Publishing retries and dead letters: confirmed, persistent, and routed, or an error."""

import asyncio
from collections.abc import Awaitable, Callable

from aio_pika.abc import AbstractConnection
from aiormq import Channel

from runtime.amqp.channels import RetiredChannels, giving, open_confirmed, why_closed
from runtime.amqp.confirms import Confirms, Failure, NotPublished
from runtime.amqp.link import LOST, lost_link_as_error
from schemas.properties import Properties


class Publisher:
    """A channel for publishing, opened when needed, and a fresh one after any doubt about the last.

    `connection` gives the connection, and waits while there is none. `timeout`: seconds for a
    channel to open, and for a confirm to come.
    """

    def __init__(
        self, connection: Callable[[], Awaitable[AbstractConnection]], timeout: float
    ) -> None:
        self._connection = connection
        self._timeout = timeout
        self._channel: Channel | None = None
        self._confirms: Confirms | None = None
        self._opening = asyncio.Lock()
        self._retired = RetiredChannels(timeout)

    @classmethod
    def on(cls, connection: AbstractConnection, timeout: float) -> "Publisher":
        """Publish on this connection, as long as it lasts."""
        return cls(giving(connection), timeout)

    async def publish(
        self, exchange: str, routing_key: str, properties: Properties, body: bytes
    ) -> None:
        """Publish and return once a majority has stored it in at least one queue.

        Raises NotPublished.
        """
        confirms = self._confirms
        if confirms is None or confirms.is_closed:
            confirms = await self._open()
        channel = self._channel
        failure = await confirms.publish(exchange, routing_key, properties, body)
        if failure is None:
            return

        if failure in (Failure.NACKED, Failure.TIMEOUT):
            self._replace(confirms)
        if failure is Failure.RETURNED:
            raise NotPublished(failure, f"no queue takes {routing_key!r} from exchange {exchange}")
        reason = "the broker did not confirm it"
        if failure is Failure.LOST and channel is not None:
            reason = await why_closed(channel) or reason
        raise NotPublished(failure, f"{failure.value}: {reason}")

    async def _open(self) -> Confirms:
        try:
            with lost_link_as_error():
                async with asyncio.timeout(self._timeout), self._opening:
                    return await self._open_once()
        except LOST as error:
            kind = type(error).__name__
            raise NotPublished(Failure.UNREACHABLE, f"{kind}: {error}") from error

    async def _open_once(self) -> Confirms:
        """Return the confirms of an open channel; it may be another's who was here before us."""
        if self._confirms is not None and not self._confirms.is_closed:
            return self._confirms

        connection = await self._connection()
        channel, confirms = await open_confirmed(connection, self._timeout)
        self._channel = channel
        self._confirms = confirms
        return confirms

    def _replace(self, doubted: Confirms) -> None:
        """Have the next publish open a fresh channel, and the doubted one closed later.

        A channel opened while a queue's leader died, or froze, goes on asking that one (3.10).
        """
        if doubted is not self._confirms or self._channel is None:
            return
        self._retired.add(self._channel)
        self._confirms = None
        self._channel = None
