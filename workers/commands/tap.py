"""`hookline-workers tap`: listen to what comes in, and hand it to what is being developed."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from time import monotonic
from typing import TextIO

from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import LOST, Connection, UnreachableError, connected, lost_link_as_error
from runtime.exit_codes import DONE
from runtime.waiting import set_or_later
from schemas.copies import TAP_WEBHOOKS
from schemas.printable import printable
from schemas.webhook import Malformed, Webhook
from workers.broker.listening import Heard, Listening
from workers.commands.acting import ended_by_signals
from workers.operate.tap import Tap, listen, tap_named, waiting
from workers.settings import Settings
from workers.tap_targets import Target, target_of

SIGN_OF_LIFE = 10.0
"""Seconds without a webhook after which one is told that nothing else is wrong."""
AGAIN = 3.0
"""Seconds until a broker that is away is tried again."""


class UnshownError(Exception):
    """A line cannot be printed, for this reason: that is nothing of the broker's."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(str(reason))
        self.reason = reason


async def tap(arguments: argparse.Namespace, settings: Settings) -> int:
    """Show each webhook that comes and what becomes of it, until a signal; return the exit code."""
    shop = arguments.shop
    tapped = tap_named(settings.app, arguments.topic, arguments.name, shop=shop, to=arguments.to)
    target = target_of(arguments.to, tapped.pattern)
    showing = _Showing(tapped, target, shop)
    try:
        with ended_by_signals() as stop:
            await _until(stop, settings, showing)
    except UnshownError as error:
        raise error.reason from None
    finally:
        await target.close()

    kept = "what comes is kept for a day; the same command shows it"
    print(f"ended; {kept}", file=sys.stderr)
    return DONE


async def _until(stop: asyncio.Event, settings: Settings, showing: "_Showing") -> None:
    """Listen, on one connection after the other; raises UnreachableError where there is not one."""
    while not stop.is_set():
        try:
            await _listen(settings, showing, stop)
        except UnreachableError as error:
            if not showing.has_listened:
                raise
            _tell_away(error)
        except LOST as error:
            _tell_away(error)

        await set_or_later(stop, AGAIN)


async def _listen(settings: Settings, showing: "_Showing", stop: asyncio.Event) -> None:
    async with connected(settings.amqp_url, "tap") as connection:
        with lost_link_as_error():
            await showing.listen(connection, stop)


class _Showing:
    """Shows what comes to a tap; of one shop alone, where one is named.

    Others that share it may have asked for other topics: those are passed over too.
    """

    def __init__(self, tapped: Tap, target: Target, shop: str | None) -> None:
        self._tap = tapped
        self._target = target
        self._shop = shop
        self._count = 0
        self._passed_over = 0
        self._shown_at = monotonic()
        self.has_listened = False

    async def listen(self, connection: Connection, stop: asyncio.Event) -> None:
        """Show what comes on a connection until it is lost, which raises one of LOST.

        Raises UnshownError where it cannot be shown.
        """
        kept = KeptChannel.on(connection)
        listening = await listen(connection, kept, self._tap)
        self.has_listened = True
        self._tell(f"listening to {self._tap.pattern} as {self._tap.name}")
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: listening.end())
        try:
            while not stop.is_set():
                await self._show_next(kept, listening)
        except LOST:
            if not stop.is_set():
                raise
        finally:
            stopping.cancel()

    async def _show_next(self, kept: KeptChannel, listening: Listening) -> None:
        """Show what comes next; say that we live where nothing was shown for a while."""
        heard = await listening.next(max(0.0, self._silence_left))
        if heard is not None:
            await self._show(heard)
            await heard.forget()
        if self._silence_left <= 0:
            await self._tell_alive(kept)

    @property
    def _silence_left(self) -> float:
        """How many seconds more there may be silence."""
        return self._shown_at + SIGN_OF_LIFE - monotonic()

    async def _show(self, heard: Heard) -> None:
        try:
            webhook = Webhook.of(heard.properties, heard.body)
        except Malformed as error:
            self._print(f"no webhook: {error}", sys.stdout)
            return
        if not self._is_meant(webhook):
            self._passed_over += 1
            return

        outcome = await self._target.take(webhook)
        self._count += 1
        cells = (webhook.id, webhook.topic, webhook.shop, outcome)
        self._print("  ".join(cells), sys.stdout)

    def _is_meant(self, webhook: Webhook) -> bool:
        return self._shop in (None, webhook.shop) and self._tap.pattern.matches(webhook.topic)

    async def _tell_alive(self, kept: KeptChannel) -> None:
        """Say that the queue is there, by asking for it, and how much waits; raises one of LOST."""
        left = await waiting(kept, self._tap)
        if left is None:
            raise ConnectionError("the tap's queue is gone")

        others = f", {self._passed_over} passed over" if self._passed_over else ""
        told = f"alive: {self._count} came{others}, {left} wait"
        if left >= TAP_WEBHOOKS:
            told = f"{told}: as many as are kept, older ones have made way"
        self._tell(told)

    def _tell(self, sentence: str) -> None:
        self._print(sentence, sys.stderr)

    def _print(self, sentence: str, file: TextIO) -> None:
        self._shown_at = monotonic()
        _print(sentence, file)


def _print(sentence: str, file: TextIO) -> None:
    """Print a line, with the time; raises UnshownError."""
    now = f"{datetime.now(UTC):%H:%M:%SZ}"
    try:
        print(printable(f"{now}  {sentence}"), file=file, flush=True)
    except OSError as error:
        raise UnshownError(error) from error


def _tell_away(error: BaseException) -> None:
    kind = type(error).__name__
    _print(f"the broker is away, what comes is kept: {kind}: {error}", sys.stderr)
