"""The only AMQP of the ingress: a publish that returns has been stored by a majority and routed to a queue."""

import asyncio
import random
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from itertools import cycle
from time import monotonic
from typing import cast

import structlog
from aio_pika.abc import AbstractConnection
from aiormq import Channel
from aiormq.exceptions import AMQPError
from yarl import URL

from ingress.confirms import Confirms, Failure, Tap
from ingress.declare import TopologyDiffersError, declare
from ingress.link import linked, losses
from ingress.telemetry import CONFIRM_SECONDS, NOT_PUBLISHED
from schemas.names import CANARY_KEY, webhooks_exchange
from schemas.webhook import Properties, Webhook

log = structlog.get_logger()

FRESH = 5.0
"""Seconds for which a confirm proves that the broker stores."""
CANARY_TIMEOUT = 2.0
CANARY = Properties("", "canary", "", 0, {})
FRAME_MAX = 131_072
"""Bytes of a frame where the broker sets no limit."""
REPLACE = 1.0
"""Seconds between a doubt and the fresh channel: should a queue's owner limit it, nacks are many."""

_LOST = (AMQPError, OSError, RuntimeError, TimeoutError)


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
        self._tap: Tap | None = None
        self._confirms: Confirms | None = None
        self._confirmed = -FRESH
        self._canary: asyncio.Task[None] | None = None
        self._doubted, self._declared, self._started = asyncio.Event(), False, False
        self._retired: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Connect, declare, open a channel; begin again whenever one of them is lost. Until cancelled.

        Raises TopologyDiffersError where the broker holds another topology, and UnexpectedClientError.
        """
        while True:
            async with linked(self._urls) as (connection, self._tap):
                await self._use(connection)

    def publish(self, webhook: Webhook) -> Coroutine[None, None, None]:
        """Publish and return once it is stored by a majority and routed; raises NotPublished. Never retries."""
        exchange = webhooks_exchange(webhook.app)
        return self._publish(exchange, webhook.routing_key, webhook.properties(), webhook.body)

    async def why_not_ready(self) -> str:
        """Say why a webhook would not be stored now; the empty string when it would.

        A confirm in the last seconds proves it; without one, a canary is published. Probes at once share one.
        """
        if self._confirms is None:
            return Failure.UNREACHABLE
        if self._tap is not None and self._tap.is_blocked:
            return Failure.BLOCKED
        if monotonic() - self._confirmed < FRESH:
            return ""
        if self._canary is None or self._canary.done():
            self._canary = asyncio.create_task(self._publish(webhooks_exchange(self._apps[0]), CANARY_KEY, CANARY, b""))
        try:
            async with asyncio.timeout(CANARY_TIMEOUT):
                await asyncio.shield(self._canary)
        except TimeoutError:
            return Failure.TIMEOUT
        except NotPublished as error:
            return error.reason
        return ""

    async def _publish(self, exchange: str, key: str, properties: Properties, body: bytes) -> None:
        started = monotonic()
        if self._confirms is None or self._tap is None:
            failure: Failure | None = Failure.UNREACHABLE
        elif self._tap.is_blocked:
            failure = Failure.BLOCKED
        else:
            failure = await self._confirms.publish(exchange, key, properties, body)
        if failure is not None:
            if failure in (Failure.NACKED, Failure.TIMEOUT):
                self._doubted.set()
            NOT_PUBLISHED.labels(failure.value).inc()
            raise NotPublished(failure)
        self._confirmed = monotonic()
        CONFIRM_SECONDS.observe(self._confirmed - started)

    async def _use(self, connection: AbstractConnection) -> None:
        # A cluster with a frozen node may hold a declare up for a minute, so a new link does without. Where something
        # is missing, the first publish closes the channel, and the link stays.
        while connection.connected.is_set():
            try:
                with losses():
                    if not self._declared:
                        await declare(connection, self._apps, verify_only=self._verify)
                    self._declared = self._started = True
                    await self._keep_channel(connection)
                    self._declared = not connection.connected.is_set()
            except (*_LOST, TopologyDiffersError) as error:
                if isinstance(error, TopologyDiffersError) and not self._started:
                    raise
                log.warning("topology.not_declared", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - jitter

    async def _keep_channel(self, connection: AbstractConnection) -> None:
        """Keep a channel open until one is lost; put a fresh one in its place when confirms are refused or do not come.

        Nothing here limits a queue's length, so a nack is a queue that our channel has no way to: one opened while the
        queue's leader died, or froze, goes on asking that one, and only a fresh one finds the new leader (3.10).
        """
        while True:
            channel, confirms = await self._open(connection)
            self._confirms = confirms
            self._doubted.clear()
            doubted = asyncio.create_task(self._doubted.wait())
            try:
                await asyncio.wait([channel.closing, doubted], return_when=asyncio.FIRST_COMPLETED)
            finally:
                doubted.cancel()
                self._confirms = None if channel.is_closed else confirms
            if channel.is_closed:
                confirms.close()
                return
            log.warning("channel.replaced")
            await asyncio.sleep(REPLACE)
            retiring = asyncio.create_task(self._retire(channel, confirms))
            self._retired.add(retiring)
            retiring.add_done_callback(self._retired.discard)

    async def _open(self, connection: AbstractConnection) -> tuple[Channel, Confirms]:
        opened = await connection.channel()
        channel = cast("Channel", await opened.get_underlay_channel())
        assert self._tap is not None  # noqa: S101 - it came with the connection
        limit = channel.connection.connection_tune.frame_max or FRAME_MAX
        return channel, Confirms(self._tap, channel.number, limit, self._timeout)

    async def _retire(self, channel: Channel, confirms: Confirms) -> None:
        """Close a channel once nobody waits for a confirm on it any more."""
        await asyncio.sleep(self._timeout)
        with suppress(*_LOST), losses():
            await channel.close()
        confirms.close()
