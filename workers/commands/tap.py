"""`hookline-workers tap`: listen to what comes in, and hand it to what is being developed."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime

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


async def tap(arguments: argparse.Namespace, settings: Settings) -> int:
    """Show each webhook that comes and what becomes of it, until a signal; return the exit code."""
    tapped = tap_named(settings.app, arguments.topic, arguments.name)
    target = target_of(arguments.to, tapped.pattern)
    showing = _Showing(tapped, target, arguments.shop)
    try:
        with ended_by_signals() as stop:
            await _until(stop, settings, showing)
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
    """Shows what comes to a tap; of one shop alone, where one is named."""

    def __init__(self, tapped: Tap, target: Target, shop: str | None) -> None:
        self._tap = tapped
        self._target = target
        self._shop = shop
        self._count = 0
        self.has_listened = False

    async def listen(self, connection: Connection, stop: asyncio.Event) -> None:
        """Show what comes on a connection until it is lost, which raises one of LOST."""
        listening = await listen(connection, self._tap)
        self.has_listened = True
        _tell(f"listening to {self._tap.pattern} as {self._tap.name}")
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: listening.end())
        try:
            while not stop.is_set():
                await self._show_next(connection, listening)
        except LOST:
            if not stop.is_set():
                raise
        finally:
            stopping.cancel()

    async def _show_next(self, connection: Connection, listening: Listening) -> None:
        heard = await listening.next(SIGN_OF_LIFE)
        if heard is None:
            await self._tell_alive(connection)
            return

        await self._show(heard)
        await heard.forget()

    async def _show(self, heard: Heard) -> None:
        try:
            webhook = Webhook.of(heard.properties, heard.body)
        except Malformed as error:
            print(printable(f"{_now()}  no webhook: {error}"), flush=True)
            return
        if self._shop not in (None, webhook.shop):
            return

        outcome = await self._target.take(webhook)
        self._count += 1
        cells = (_now(), webhook.id, webhook.topic, webhook.shop, outcome)
        print(printable("  ".join(cells)), flush=True)

    async def _tell_alive(self, connection: Connection) -> None:
        """Say that the queue is there, by asking for it, and how much waits; raises one of LOST."""
        left = await waiting(connection, self._tap)
        if left is None:
            raise ConnectionError("the tap's queue is gone")

        told = f"alive: {self._count} came, {left} wait"
        if left >= TAP_WEBHOOKS:
            told = f"{told}: as many as are kept, older ones have made way"
        _tell(told)


def _tell(sentence: str) -> None:
    print(printable(f"{_now()}  {sentence}"), file=sys.stderr, flush=True)


def _tell_away(error: BaseException) -> None:
    kind = type(error).__name__
    _tell(f"the broker is away, what comes is kept: {kind}: {error}")


def _now() -> str:
    return f"{datetime.now(UTC):%H:%M:%SZ}"
