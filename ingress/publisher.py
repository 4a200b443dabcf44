"""A publish that returns has been stored by a majority and routed to a queue.

One connection, and on it two tasks: one keeps a channel with confirms open, the other keeps the
topology whole.
"""

import asyncio
import random
from collections.abc import Coroutine, Iterable, Sequence
from itertools import cycle
from time import monotonic

import structlog
from aiormq import Channel
from yarl import URL

from ingress.canary import Canary
from ingress.telemetry import CONFIRM_SECONDS, CONNECTED, NOT_PUBLISHED
from ingress.upkeep import Upkeep
from runtime.amqp.channels import KeptChannel, open_channel
from runtime.amqp.confirms import Confirms, Failure, NotPublished
from runtime.amqp.fit import FRAME_MAX
from runtime.amqp.link import CONNECT_TIMEOUT, LOST, Link, linked, losses, quietly
from runtime.lifetime import ended
from schemas.names import CANARY_KEY, webhooks_exchange
from schemas.webhook import Properties, Webhook

log = structlog.get_logger()

CANARY = Properties("", "canary", "", 0, {}, expiration="60000")
"""It expires by itself: where its queue is gone, it comes to lie in unrouted."""
MAX_UNSENT = 32 * 1024 * 1024
"""Bytes that wait for the broker to read them. Their senders may long be answered, and nobody else
counts them.
"""
REPLACE = 1.0
"""Seconds between two fresh channels: should a queue's owner limit it, nacks are many."""


class Publisher:
    """Keeps a connection and a channel with confirms open, and publishes on them."""

    def __init__(
        self, urls: Sequence[str], apps: Iterable[str], confirm_timeout: float, *, verify: bool
    ) -> None:
        self._urls = cycle([URL(url) for url in urls])
        self._timeout = confirm_timeout
        self._link: Link | None = None
        self._confirms: Confirms | None = None
        self._doubted = asyncio.Event()
        names = tuple(apps)
        self._upkeep = Upkeep(names, verify_only=verify)
        self._canary = Canary(names, self._publish_canary)
        self._retiring: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Connect, declare, open a channel; begin again whenever one of them is lost. Until
        cancelled.

        Raises TopologyDiffersError where the broker holds another topology at the start, and
        UnexpectedClientError.
        """
        try:
            while True:
                async with linked(self._urls, "ingress") as link:
                    await self._use(link)
        finally:
            await ended(self._retiring)

    def publish(self, webhook: Webhook) -> Coroutine[None, None, None]:
        """Publish and return once it is stored by a majority and routed; raises NotPublished. Never
        retries.
        """
        # no coroutine of its own: the caller awaits the one beneath, and a frame is saved
        return self._publish(webhook.app, webhook.routing_key, webhook.properties(), webhook.body)

    async def why_not_ready(self) -> str:
        """Say why a webhook would not be stored now, and of which app; the empty string when all
        would.
        """
        missing = self._upkeep.why_not_ready()
        return missing or self._obstacle() or await self._canary.why_not()

    def _obstacle(self) -> Failure | None:
        """Say why nothing at all can be published now."""
        if self._confirms is None or self._confirms.is_closed or self._link is None:
            return Failure.UNREACHABLE
        if self._link.tap.is_blocked:
            return Failure.BLOCKED
        if self._link.tap.unsent > MAX_UNSENT:
            return Failure.SLOW
        return None

    async def _publish_canary(self, app: str) -> str:
        try:
            await self._publish(app, CANARY_KEY, CANARY, b"")
        except NotPublished as error:
            return error.reason
        return ""

    async def _publish(self, app: str, key: str, properties: Properties, body: bytes) -> None:
        started = monotonic()
        failure = self._obstacle()
        confirms = self._confirms
        if failure is None and confirms is not None:
            failure = await confirms.publish(webhooks_exchange(app), key, properties, body)
            if failure is not None:
                self._doubt(confirms, app, failure)
        if failure is not None:
            NOT_PUBLISHED.labels(failure.value).inc()
            raise NotPublished(failure)
        CONFIRM_SECONDS.observe(self._canary.proven(app) - started)

    def _doubt(self, confirms: Confirms, app: str, failure: Failure) -> None:
        """Draw the conclusion from a failure: what came back needs a queue, what was not confirmed
        a fresh channel.
        """
        if failure is Failure.RETURNED:
            self._upkeep.returned(app)
        if confirms is not self._confirms:
            return  # a fresh one has taken its place already
        if failure is Failure.TIMEOUT:
            self._confirms = (
                None  # the broker may be frozen: whoever comes now is not to wait as long
            )
        if failure in (Failure.NACKED, Failure.TIMEOUT):
            self._doubted.set()

    async def _use(self, link: Link) -> None:
        """Work on a link until it is lost."""
        self._link = link
        CONNECTED.set(1)
        tasks = [
            asyncio.create_task(self._upkeep.keep(KeptChannel.on(link.connection))),
            asyncio.create_task(self._keep_channel(link)),
            asyncio.create_task(link.lost.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._link = self._confirms = None
            CONNECTED.set(0)
            await ended(tasks)

    async def _keep_channel(self, link: Link) -> None:
        """Keep a channel open: a fresh one where one was closed, or where confirms are refused or
        do not come.

        Nothing here limits a queue's length, so a nack is a queue that our channel has no way to:
        one opened while the queue's leader died, or froze, goes on asking that one, and only a
        fresh one finds the new leader (3.10).
        """
        await self._upkeep.declared.wait()
        while True:
            try:
                with losses():
                    async with asyncio.timeout(CONNECT_TIMEOUT):
                        channel, confirms = await self._open(link)
            except LOST as error:
                log.warning("channel.not_opened", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - jitter
                continue

            self._confirms = confirms
            self._doubted.clear()
            await self._until_doubted(channel)
            if channel.is_closed:
                confirms.close()
                self._upkeep.want()  # a publish to an exchange that is missing closes the channel
                await asyncio.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - jitter
            else:
                log.warning("channel.replaced")
                self._retire(channel, confirms)

    async def _until_doubted(self, channel: Channel) -> None:
        """Return when the channel is closed or doubted, and no sooner than a channel may be
        replaced.
        """
        doubted = asyncio.create_task(self._doubted.wait())
        pause = asyncio.create_task(asyncio.sleep(REPLACE))
        closing = channel.closing
        try:
            await asyncio.wait([closing, doubted], return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait([closing, pause], return_when=asyncio.FIRST_COMPLETED)
        finally:
            doubted.cancel()
            pause.cancel()

    async def _open(self, link: Link) -> tuple[Channel, Confirms]:
        channel = await open_channel(link.connection, confirms=True)
        limit = channel.connection.connection_tune.frame_max or FRAME_MAX
        return channel, Confirms(link.tap, channel.number, limit, self._timeout)

    def _retire(self, channel: Channel, confirms: Confirms) -> None:
        """Close a channel once nobody waits for a confirm on it any more."""

        async def retire() -> None:
            await asyncio.sleep(self._timeout)
            with quietly():
                await channel.close()
            confirms.close()

        retiring = asyncio.create_task(retire())
        self._retiring.add(retiring)
        retiring.add_done_callback(self._retiring.discard)
