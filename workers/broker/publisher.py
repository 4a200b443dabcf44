"""Publishing retries and dead letters: confirmed, persistent, and routed, or an error."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from aio_pika.abc import AbstractConnection
from aiormq import Channel, spec
from aiormq.exceptions import DeliveryError, PublishError

from runtime.amqp.channels import always, open_channel
from runtime.amqp.confirms import Failure, NotPublished
from runtime.amqp.fit import fitted
from runtime.amqp.link import LOST, losses, quietly
from schemas.headers import Header


class Publisher:
    """A channel for publishing, opened when needed and again after any error that closed it.

    `connection` gives the connection, and waits while there is none; `timeout` bounds a publish, in
    seconds.
    """

    def __init__(
        self, connection: Callable[[], Awaitable[AbstractConnection]], timeout: float
    ) -> None:
        self._connection, self._timeout = connection, timeout
        self._channel: Channel | None = None
        self._opening = asyncio.Lock()
        self._retiring: set[asyncio.Task[None]] = set()

    @classmethod
    def on(cls, connection: AbstractConnection, timeout: float) -> "Publisher":
        """Publish on this connection, as long as it lasts."""
        return cls(always(connection), timeout)

    async def publish(
        self, exchange: str, routing_key: str, properties: spec.Basic.Properties, body: bytes
    ) -> None:
        """Publish and return once a majority has stored it in at least one queue; raises
        NotPublished.
        """
        try:
            with losses():
                async with asyncio.timeout(self._timeout):
                    channel = await self._open()
                    limit = channel.connection.connection_tune.frame_max
                    properties.headers = dict(
                        fitted(cast("dict[str, Header]", properties.headers or {}), limit)
                    )
                    await channel.basic_publish(
                        body, exchange=exchange, routing_key=routing_key, properties=properties, mandatory=True,
                        wait=False,
                    )  # fmt: skip
        except PublishError as error:
            sentence = f"no queue takes {routing_key!r} from exchange {exchange}"
            raise NotPublished(Failure.RETURNED, sentence) from error
        except (DeliveryError, TimeoutError) as error:
            # A channel opened while a queue's leader died, or froze, goes on asking that one (seen
            # on 3.10).
            self._replace()
            reason = Failure.NACKED if isinstance(error, DeliveryError) else Failure.TIMEOUT
            sentence = f"{type(error).__name__}: refused, or not confirmed in time"
            raise NotPublished(reason, sentence) from error
        except LOST as error:
            raise NotPublished(Failure.LOST, f"{type(error).__name__}: {error}") from error

    def _replace(self) -> None:
        """Have the next publish open a fresh channel; the old one closes when nobody waits on it
        any more.
        """
        if (old := self._channel) is not None:
            self._channel = None
            retiring = asyncio.create_task(self._retire(old))
            self._retiring.add(retiring)
            retiring.add_done_callback(self._retiring.discard)

    async def _retire(self, channel: Channel) -> None:
        await asyncio.sleep(self._timeout)
        with quietly():
            await channel.close()

    async def _open(self) -> Channel:
        async with self._opening:
            if self._channel is None or self._channel.is_closed:
                self._channel = await open_channel(
                    await self._connection(), confirms=True, raises_returns=True
                )
            return self._channel
