"""Copies of webhooks for the journal and for taps, beside what is published anyway.

They never cost a webhook. They have a connection of their own (see `beside`); and whatever becomes
of a copy, what is said of the webhook is said by its own publish.
"""

import asyncio
from asyncio import Future
from collections.abc import Coroutine, Sequence

import structlog

from ingress.copies_upkeep import HINT, CopiesUpkeep
from ingress.telemetry import COPIES_MISSED
from runtime.amqp.channels import KeptChannel, RetiredChannels, closed_or_doubted, open_confirmed
from runtime.amqp.confirms import Confirms, Failure
from runtime.amqp.frames import MANDATORY, OPTIONAL
from runtime.amqp.link import CONNECT_TIMEOUT, LOST, Connection, lost_link_as_error, quietly
from runtime.lifetime import end_tasks
from runtime.waiting import jittered, set_or_later
from schemas.copies import Copies, in_exchange
from schemas.properties import Properties
from schemas.webhook import Webhook

log = structlog.get_logger()

TIMEOUT = 1.0
"""Seconds that a webhook which is stored waits for its copy, at most."""
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 60.0
"""Seconds until a channel for copies is opened anew where copies fail, twice as long each time."""


class Copying:
    """Publishes the copies of some apps' webhooks; `declares`: we may make what they need."""

    def __init__(self, apps: Sequence[str], copies: Copies, *, declares: bool) -> None:
        self.is_wanted = copies.are_wanted
        self._upkeep = CopiesUpkeep(copies, declares=declares)
        # A journal that is gone has to be noticed. Where there are taps alone, nobody may listen.
        self._bits = MANDATORY if copies.journal else OPTIONAL

        self._confirms: Confirms | None = None  # of the channel that is open now, if one is
        self._begun = asyncio.Event()
        self._doubted = asyncio.Event()
        self._retired = RetiredChannels(TIMEOUT)
        self._pause = FIRST_PAUSE
        self._is_told = False
        self.serve(apps)

    def serve(self, apps: Sequence[str]) -> None:
        """Make copies of these apps' webhooks, on a fresh channel: `begun` waits for it."""
        self._upkeep.serve(apps)
        for app in apps:
            COPIES_MISSED.labels(app)
        self._begun.clear()
        self._doubted.set()

    def beside(
        self, published: Coroutine[None, None, None], webhook: Webhook, properties: Properties
    ) -> Coroutine[None, None, None]:
        """Have a copy made of what is being published; where none are made, it is as it was."""
        if not self.is_wanted:
            return published
        return self._both(published, webhook, properties)

    async def _both(
        self, published: Coroutine[None, None, None], webhook: Webhook, properties: Properties
    ) -> None:
        """Await a webhook's publish, and its copy's; raise what the first raises.

        Both are on their way in the same turn of the loop.
        """
        copied = self._copy(webhook, properties)
        await published

        failure: Failure | None = Failure.UNREACHABLE
        if copied is not None:
            failure = await copied
        if failure is not None:
            self._note_missed(webhook.app, failure)
        elif self._is_told:
            self._note_made()

    async def begun(self) -> None:
        """Wait until there is a channel for copies, but not for long: webhooks are to come in."""
        if self.is_wanted:
            await set_or_later(self._begun, CONNECT_TIMEOUT)

    async def keep(self, connection: Connection) -> None:
        """Keep what copies need, and a channel for them, on this connection until cancelled."""
        kept = KeptChannel.on(connection)
        if not self.is_wanted:
            with quietly():
                await self._upkeep.look(kept)
            await asyncio.Event().wait()

        try:
            while True:
                await self._once(kept, connection)
                if self._confirms is None:
                    await asyncio.sleep(jittered(self._pause))
                self._pause = min(2 * self._pause, LONGEST_PAUSE)
        finally:
            self._confirms = None
            self._begun.clear()

    async def end(self) -> None:
        """Close the channels that were replaced."""
        await self._retired.end()

    async def _once(self, kept: KeptChannel, connection: Connection) -> None:
        """Open a channel, in place of one before it, and keep it while nothing speaks against it.

        One that is doubted serves until the next is there.
        """
        try:
            with lost_link_as_error():
                await self._upkeep.look(kept)
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    channel, confirms = await open_confirmed(connection, TIMEOUT, self._bits)
        except LOST as error:
            kind = type(error).__name__
            self._confirms = None
            self._tell(f"{kind}: {error}")
            return

        self._confirms = confirms
        self._doubted.clear()
        self._begun.set()
        doubt = closed_or_doubted(channel.closing, self._doubted, self._pause)
        watching = asyncio.create_task(doubt)
        try:
            await self._upkeep.keep(watching, kept)
        finally:
            await end_tasks([watching])

        if channel.is_closed:
            self._confirms = None
        else:
            self._retired.add(channel)

    def _copy(self, webhook: Webhook, properties: Properties) -> Future[Failure | None] | None:
        """Publish a copy; None where there is no channel for it."""
        confirms = self._confirms
        if confirms is None:
            return None
        exchange = in_exchange(webhook.app)
        return confirms.publish(exchange, webhook.routing_key, properties, webhook.body)

    def _note_missed(self, app: str, failure: Failure) -> None:
        COPIES_MISSED.labels(app).inc()
        self._tell(failure.value)
        if failure is Failure.TIMEOUT:
            # Whoever comes now is not to wait as long.
            self._confirms = None
        self._doubted.set()

    def _note_made(self) -> None:
        self._is_told = False
        self._pause = FIRST_PAUSE
        log.info("copies.made_again")

    def _tell(self, reason: str) -> None:
        """Say that copies are missing: once, until one is made again."""
        if self._is_told:
            return
        self._is_told = True
        log.warning("copies.missed", error=reason, hint=HINT)
