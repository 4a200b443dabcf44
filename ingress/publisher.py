"""A publish that returns has been stored by a majority and routed to a queue.

One connection, and on it two tasks: one keeps a channel with confirms open, and one the topology
whole. What is published beside webhooks has a connection of its own: see `beside`.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from itertools import cycle
from time import monotonic

import structlog
from yarl import URL

from ingress.beside import Beside
from ingress.canary import Canary
from ingress.held_apps import HeldApps
from ingress.telemetry import CONFIRM_SECONDS, NOT_PUBLISHED
from ingress.upkeep import EntryUpkeep, pause_a_moment
from runtime.amqp import channels
from runtime.amqp.confirms import Confirms, Failure, NotPublished
from runtime.amqp.link import CONNECT_TIMEOUT, LOST, Link, linked, lost_link_as_error
from runtime.lifetime import end_tasks, first_end
from runtime.telemetry import CONNECTED
from schemas.copies import NO_COPIES, Copies
from schemas.names import CANARY_KEY, webhooks_exchange
from schemas.properties import Properties
from schemas.webhook import Webhook

log = structlog.get_logger()

CANARY = Properties("", "canary", "", 0, {}, expiration="60000")
"""It expires by itself: where its queue is gone, it comes to lie in unrouted."""
REPLACE = 1.0
"""Seconds between two fresh channels: a queue with a limit nacks, and each nack asks for one."""


class Publisher:
    """Keeps a connection and a channel with confirms open, and publishes on them."""

    def __init__(
        self,
        urls: Sequence[str],
        apps: Iterable[str],
        confirm_timeout: float,
        *,
        verify: bool,
        copies: Copies = NO_COPIES,
    ) -> None:
        self._urls = cycle(map(URL, urls))
        self._timeout = confirm_timeout
        self.confirms: Confirms | None = None  # of the channel that is open now, if one is
        self._doubted = asyncio.Event()
        self._retired = channels.RetiredChannels(confirm_timeout)
        names = tuple(apps)
        self._upkeep = EntryUpkeep(names, verify_only=verify)
        self._canary = Canary(names, self._publish_canary)
        self._connected = CONNECTED.labels("publish")
        self._beside = Beside(urls, names, copies, confirm_timeout, declares=not verify)
        self.apps = HeldApps(self._upkeep, self._canary, self._beside)

    async def run(self) -> None:
        """Connect, declare, open a channel; begin again whenever one is lost, until cancelled.

        Raises TopologyDiffersError where the broker holds another topology at the start, and
        UnexpectedClientError.
        """
        beside = asyncio.create_task(self._beside.keep(self._upkeep.declared))
        try:
            while True:
                async with linked(self._urls, "ingress") as link:
                    await self._use(link, beside)
        finally:
            await end_tasks([beside])
            await self._retired.end()

    def publish(self, webhook: Webhook) -> Coroutine[None, None, None]:
        """Publish and return once it is stored by a majority and routed.

        Never retries. Raises NotPublished.
        """
        # No coroutine of its own: the caller awaits the one beneath, and a frame is saved.
        properties = webhook.properties()
        published = self._publish(webhook.app, webhook.routing_key, properties, webhook.body)
        return self._beside.copying.beside(published, webhook, properties)

    async def why_not_ready(self) -> str:
        """Say why a webhook would not be stored now, and of which app.

        The empty string when all would.
        """
        missing = self._upkeep.why_not_ready()
        if missing:
            return missing

        obstacle = self._obstacle()
        if obstacle is not None:
            return obstacle
        return await self._canary.why_not_ready()

    def _obstacle(self) -> Failure | None:
        """Say why nothing at all can be published now."""
        if self.confirms is None:
            return Failure.UNREACHABLE
        return self.confirms.obstacle()

    async def _publish_canary(self, app: str) -> str:
        try:
            await self._publish(app, CANARY_KEY, CANARY, b"")
        except NotPublished as error:
            return error.reason
        return ""

    async def _publish(self, app: str, key: str, properties: Properties, body: bytes) -> None:
        started = monotonic()
        confirms = self.confirms
        failure: Failure | None = Failure.UNREACHABLE
        if confirms is not None:
            failure = await confirms.publish(webhooks_exchange(app), key, properties, body)
        if failure is None:
            confirmed = self._canary.note_confirm(app)
            CONFIRM_SECONDS.observe(confirmed - started)
            return

        if confirms is not None:
            self._doubt(confirms, app, failure)
        NOT_PUBLISHED.labels(failure.value).inc()
        raise NotPublished(failure)

    def _doubt(self, confirms: Confirms, app: str, failure: Failure) -> None:
        """Have made good what a failure points to.

        What came back needs a queue; what was not confirmed, a fresh channel.
        """
        if failure is Failure.RETURNED:
            self._upkeep.note_returned(app)

        has_been_replaced = confirms is not self.confirms
        if has_been_replaced:
            return

        if failure is Failure.TIMEOUT:
            # The broker may be frozen: whoever comes now is not to wait as long.
            self.confirms = None
        if failure in (Failure.NACKED, Failure.TIMEOUT):
            self._doubted.set()

    async def _use(self, link: Link, beside: asyncio.Task[None]) -> None:
        """Work on a link until it is lost; what goes on beside it is not ended with it."""
        self._connected.set(1)
        upkeep_channel = channels.KeptChannel.on(link.connection)
        tasks = [
            asyncio.create_task(self._upkeep.keep(upkeep_channel)),
            asyncio.create_task(self._keep_channel(link)),
            asyncio.create_task(link.lost.wait()),
        ]
        try:
            await first_end([*tasks, beside])
        finally:
            self.confirms = None
            self._connected.set(0)
            await end_tasks(tasks)

    async def _keep_channel(self, link: Link) -> None:
        """Keep a channel open.

        A fresh one follows where one was closed, or where confirms are refused or do not come.
        Nothing here limits a queue's length, so a nack is a queue that our channel has no way to:
        one opened while the queue's leader died, or froze, goes on asking that one, and only a
        fresh one finds the new leader (3.10).
        """
        await self._upkeep.declared.wait()
        await self._beside.copying.begun()
        while True:
            try:
                with lost_link_as_error():
                    async with asyncio.timeout(CONNECT_TIMEOUT):
                        opened = await channels.open_confirmed(link.connection, self._timeout)
            except LOST as error:
                kind = type(error).__name__
                log.warning("channel.not_opened", error=f"{kind}: {error}")
                await pause_a_moment()
                continue

            channel, self.confirms = opened
            self._doubted.clear()
            await channels.closed_or_doubted(channel.closing, self._doubted, REPLACE)
            if channel.is_closed:
                # By a publish to an exchange that is missing, or that we may not write to.
                reason = await channels.why_closed(channel)
                if not link.lost.is_set():
                    log.warning("channel.closed", error=reason)
                self._upkeep.request_check()
                await pause_a_moment()
            else:
                log.warning("channel.replaced")
                self._retired.add(channel)
