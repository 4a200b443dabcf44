"""Publishing retries and dead letters: confirmed, persistent, and routed, or an error."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import cast
from uuid import uuid4

from aio_pika.abc import AbstractConnection
from aiormq import Channel, spec
from aiormq.exceptions import AMQPError, PublishError

from schemas.headers import Header

_PROCESS, _NUMBERS = uuid4().hex[:20], count(1)


class NotPublished(Exception):
    """The broker did not confirm, or had nowhere to put it. It may be stored all the same: then it is a duplicate."""


def properties_like(old: spec.Basic.Properties, headers: dict[str, Header]) -> spec.Basic.Properties:
    """Return what a copy of a message is published with: the old description, the new headers, an id of its own.

    Gone are expiration (a copy would vanish), user id (the broker refuses another's) and reply address. The id is
    unique to each publish, because the client matches returned messages to publishes by it.
    """
    return spec.Basic.Properties(
        content_type=old.content_type,
        content_encoding=old.content_encoding,
        message_type=old.message_type,
        app_id=old.app_id,
        timestamp=old.timestamp,
        delivery_mode=2,
        message_id=f"{_PROCESS}{next(_NUMBERS):x}",
        headers=dict(headers),
    )


class Publisher:
    """A channel for publishing, opened when needed and again after any error that closed it.

    `connection` gives the connection, and waits while there is none; `timeout` bounds a publish, in seconds.
    """

    def __init__(self, connection: Callable[[], Awaitable[AbstractConnection]], timeout: float) -> None:
        self._connection, self._timeout = connection, timeout
        self._channel: Channel | None = None
        self._opening = asyncio.Lock()

    async def publish(self, exchange: str, routing_key: str, properties: spec.Basic.Properties, body: bytes) -> None:
        """Publish and return once a majority has stored it in at least one queue; raises NotPublished."""
        try:
            async with asyncio.timeout(self._timeout):
                channel = await self._open()
                await channel.basic_publish(
                    body, exchange=exchange, routing_key=routing_key, properties=properties, mandatory=True, wait=False
                )
        except PublishError as error:
            raise NotPublished(f"no queue takes {routing_key!r} from exchange {exchange}") from error
        except (AMQPError, OSError, TimeoutError, RuntimeError) as error:
            raise NotPublished(f"{type(error).__name__}: {error}") from error
        except asyncio.CancelledError as error:
            # A link that dies under a publish cancels it from within: that is the broker's failure, not our end.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise NotPublished("the connection was lost") from error

    async def _open(self) -> Channel:
        async with self._opening:
            if self._channel is None or self._channel.is_closed:
                connection = await self._connection()
                channel = connection.channel(on_return_raises=True)
                await channel.initialize()
                self._channel = cast("Channel", await channel.get_underlay_channel())
            return self._channel
