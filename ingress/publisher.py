"""The only AMQP of the ingress: a publish that returns has been stored by a majority and routed to a queue."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count, cycle
from time import monotonic
from typing import Any, cast
from uuid import uuid4

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection
from aiormq import Channel, spec
from aiormq.exceptions import AMQPError, DeliveryError, PublishError
from tenacity import AsyncRetrying, RetryCallState, wait_random_exponential
from yarl import URL

from ingress.declare import TopologyDiffersError, declare
from ingress.telemetry import CONFIRM_SECONDS, CONNECTED, NOT_PUBLISHED
from schemas.topology import CANARY_KEY, webhooks_exchange
from schemas.webhook import Webhook

log = structlog.get_logger()

CONNECT_TIMEOUT = 5
"""Seconds for one try at one node: a frozen node still accepts connections, and another may be alive."""
HEARTBEAT = 10
"""Seconds. A link that has gone silent is noticed after about two of them; a URL's own `heartbeat=` wins."""
FRESH = 5.0
"""Seconds for which a confirm proves that the broker stores."""
CANARY_TIMEOUT = 2.0

_PROCESS, _NUMBERS = uuid4().hex[:20], count(1)
_LOST = (AMQPError, OSError, RuntimeError, TimeoutError)


class Failure(StrEnum):
    """Why a webhook was not published."""

    UNREACHABLE = "unreachable"  # no connection, or no channel
    BLOCKED = "blocked"  # an alarm: the broker reads nothing
    RETURNED = "returned"  # no queue took it
    NACKED = "nacked"  # a queue refused it
    TIMEOUT = "timeout"  # no confirm in time; it may be stored all the same
    LOST = "lost"  # the link died while we waited; likewise


class NotPublished(Exception):
    """The broker did not confirm that the webhook is stored and routed."""

    def __init__(self, reason: Failure) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Publisher:
    """Keeps a connection and a channel with confirms open, and publishes on them."""

    def __init__(self, urls: Sequence[str], apps: Iterable[str], confirm_timeout: float, *, verify: bool) -> None:
        self._urls, self._apps = cycle([URL(url) for url in urls]), tuple(apps)
        self._timeout, self._verify = confirm_timeout, verify
        self._connection: AbstractConnection | None = None
        self._channel: Channel | None = None
        self._confirmed = -FRESH
        self._canary: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Connect, declare, open a channel; begin again whenever one of them is lost. Until cancelled.

        Raises TopologyDiffersError where the broker holds another topology.
        """
        declared = False
        while True:
            async with self._connected() as connection:
                while connection.connected.is_set():
                    try:
                        await declare(connection, self._apps, verify_only=self._verify)
                        declared = True
                        await self._keep_channel(connection)
                    except (*_LOST, TopologyDiffersError) as error:
                        if isinstance(error, TopologyDiffersError) and not declared:
                            raise
                        log.warning("topology.not_declared", error=f"{type(error).__name__}: {error}")
                    await asyncio.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - jitter

    async def publish(self, webhook: Webhook) -> None:
        """Publish and return once it is stored by a majority and routed; raises NotPublished. Never retries."""
        described = webhook.properties()
        properties = spec.Basic.Properties(
            content_type=described.content_type,
            message_type=described.type,
            app_id=described.app_id,
            timestamp=datetime.fromtimestamp(described.timestamp, UTC),
            headers=cast("dict[str, Any]", described.headers),
        )
        exchange = webhooks_exchange(webhook.app)
        await self._publish(exchange, webhook.topic.routing_key, properties, webhook.body, self._timeout)

    async def why_not_ready(self) -> str:
        """Say why a webhook would not be stored now; the empty string when it would.

        A confirm in the last seconds proves it; without one, a canary is published. Probes at once share one.
        """
        if self._channel is None:
            return Failure.UNREACHABLE
        if self.is_blocked:
            return Failure.BLOCKED
        if monotonic() - self._confirmed < FRESH:
            return ""
        if self._canary is None or self._canary.done():
            exchange, properties = webhooks_exchange(self._apps[0]), spec.Basic.Properties()
            self._canary = asyncio.create_task(self._publish(exchange, CANARY_KEY, properties, b"", CANARY_TIMEOUT))
        try:
            await asyncio.shield(self._canary)
        except NotPublished as error:
            return error.reason
        return ""

    @property
    def is_blocked(self) -> bool:
        """Whether the broker has said that it reads nothing from us, for want of memory or disk."""
        # aiormq tells nobody but its own writer; the event has no public name.
        transport = self._connection.transport if self._connection is not None else None
        unblocked = getattr(transport and transport.connection, "_Connection__connection_unblocked", None)
        return unblocked is not None and not unblocked.is_set()

    async def _publish(
        self,
        exchange: str,
        key: str,
        properties: spec.Basic.Properties,
        body: bytes,
        timeout: float,  # noqa: ASYNC109
    ) -> None:
        started = monotonic()
        # Unique to each publish: the client matches returned messages to publishes by it.
        properties.message_id, properties.delivery_mode = f"{_PROCESS}{next(_NUMBERS):x}", 2
        try:
            await self._confirm(self._open_channel(), exchange, key, properties, body, timeout)
        except NotPublished as error:
            NOT_PUBLISHED.labels(error.reason.value).inc()
            raise
        self._confirmed = monotonic()
        CONFIRM_SECONDS.observe(self._confirmed - started)

    def _open_channel(self) -> Channel:
        if self._channel is None:
            raise NotPublished(Failure.UNREACHABLE)
        if self.is_blocked:
            raise NotPublished(Failure.BLOCKED)
        return self._channel

    async def _confirm(
        self, channel: Channel, exchange: str, key: str, properties: spec.Basic.Properties, body: bytes,
        timeout: float,  # noqa: ASYNC109
    ) -> None:  # fmt: skip
        try:
            async with asyncio.timeout(timeout):
                await channel.basic_publish(
                    body, exchange=exchange, routing_key=key, properties=properties, mandatory=True, wait=False
                )
        except TimeoutError:
            raise NotPublished(Failure.TIMEOUT) from None
        except PublishError:
            raise NotPublished(Failure.RETURNED) from None
        except DeliveryError:
            raise NotPublished(Failure.NACKED) from None
        except _LOST:
            raise NotPublished(Failure.LOST) from None
        except asyncio.CancelledError:
            # A link that dies under a publish cancels it from within: that is the broker's failure, not our end.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise NotPublished(Failure.LOST) from None

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AbstractConnection]:
        connection = await self._connect()
        log.info("broker.connected", host=connection.url.host, port=connection.url.port)  # type: ignore[attr-defined]
        self._connection = connection
        CONNECTED.set(1)
        try:
            yield connection
            log.warning("broker.lost")
        finally:
            CONNECTED.set(0)
            self._connection = None
            await connection.close()

    async def _connect(self) -> AbstractConnection:
        pauses = wait_random_exponential(multiplier=0.2, max=5)
        async for trial in AsyncRetrying(wait=pauses, before_sleep=_say_once):
            with trial:
                return await connect(next(self._urls))
        raise AssertionError  # the loop above ends only by returning

    async def _keep_channel(self, connection: AbstractConnection) -> None:
        async with connection.channel(on_return_raises=True) as opened:
            channel = cast("Channel", await opened.get_underlay_channel())
            self._channel = channel
            try:
                await asyncio.wait([channel.closing])
            finally:
                self._channel = None


async def connect(url: URL) -> AbstractConnection:
    """Open a connection to one node; raises what the client raises."""
    query = {"heartbeat": str(HEARTBEAT), "name": "hookline-ingress"}
    return await aio_pika.connect(url.with_query(query | dict(url.query)), timeout=CONNECT_TIMEOUT)


def _say_once(state: RetryCallState) -> None:
    if state.attempt_number == 1 and state.outcome is not None:
        error = state.outcome.exception()
        log.warning("broker.unreachable", error=f"{type(error).__name__}: {error}")
