"""Writing an app's pulse: a beat every few seconds, for as long as the process lives.

The channel is its own, because a broker closes the channel on which something is published that may
not be, or that has no exchange. RabbitMQ 3.10 closes the connection too where another process has
just declared the stream, so it is one that may be lost. What goes wrong is logged once, and tried
again.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiormq import Channel

from runtime.amqp.channels import KeptChannel, open_confirmed, why_closed
from runtime.amqp.confirms import Confirms, NotPublished
from runtime.amqp.declare import declare
from runtime.amqp.link import CLOSE_TIMEOUT, Connection, lost_link_as_error, quietly
from runtime.waiting import jittered, set_or_later
from schemas.properties import Properties
from schemas.pulse import EVERY
from schemas.pulse_topology import pulse, pulse_stream

log = structlog.get_logger()

LONGEST_PAUSE = 300.0
"""Seconds between two tries at most where the broker refuses: each opens a channel."""
HINT = "`status` does not see this process; all else works. deploy/SECURITY.md has the permissions"

Beat = Callable[[], Awaitable[bytes]]
"""Returns what is to be written now."""


class Pulse:
    """The pulse of one app. A confirm has `timeout` seconds; `declares`: we may make the stream."""

    def __init__(self, app: str, beat: Beat, timeout: float, *, declares: bool) -> None:
        self._stream = pulse_stream(app)
        self._topology = pulse(app)
        self._properties = Properties(
            "application/json", None, app, None, {}, content_encoding="deflate"
        )
        self._beat = beat
        self._timeout = timeout
        self._declares = declares

        self._connection: Connection | None = None
        self._declaring: KeptChannel  # on that connection
        self._channel: Channel | None = None
        self._confirms: Confirms | None = None
        self._is_declared = False
        self._not_declared = ""
        self._pause = EVERY
        self._is_told = False
        self._wanted = asyncio.Event()
        self._written = asyncio.Event()

    async def keep(self, connection: Callable[[], Awaitable[Connection]]) -> None:
        """Write a beat, again and again, until cancelled.

        `connection` gives the connection, and waits while there is none.
        """
        while True:
            current = await connection()
            if current is not self._connection:
                self._begin_on(current)

            try:
                with lost_link_as_error():
                    await self._write(current)
            except Exception as error:  # noqa: BLE001 - whatever it is, it ends nothing else
                self._note_failure(current, error)
            else:
                self._note_success()
            await set_or_later(self._wanted, jittered(self._pause))
            self._wanted.clear()

    async def now(self, seconds: float) -> None:
        """Write a beat at once, that tells something new; return once it is, or after so long."""
        self._written.clear()
        self._wanted.set()
        await set_or_later(self._written, seconds)

    def _begin_on(self, connection: Connection) -> None:
        self._connection = connection
        self._declaring = KeptChannel.on(connection)
        self._channel = None
        self._confirms = None
        self._is_declared = False
        self._pause = EVERY

    async def _write(self, connection: Connection) -> None:
        if self._declares and not self._is_declared:
            await self._declare()

        confirms = self._confirms
        if confirms is None or confirms.is_closed:
            confirms = await self._open(connection)
        body = await self._beat()
        failure = await confirms.publish(self._stream, "", self._properties, body)
        if failure is not None:
            reason = await self._why(failure)
            await self._leave_channel()
            raise NotPublished(failure, reason)

    async def _open(self, connection: Connection) -> Confirms:
        async with asyncio.timeout(self._timeout):
            self._channel, self._confirms = await open_confirmed(connection, self._timeout)
        return self._confirms

    async def _declare(self) -> None:
        """Declare the stream; where that fails, an operator may have made it all the same."""
        try:
            await declare(self._declaring, self._topology)
        except Exception as error:  # noqa: BLE001 - publishing will show whether it matters
            self._not_declared = f"; not declared: {error}"
        else:
            self._not_declared = ""
        self._is_declared = True

    async def _why(self, failure: str) -> str:
        """Say why a beat was not written, in the broker's words where it has some."""
        reason = ""
        if self._channel is not None:
            reason = await why_closed(self._channel)
        return f"{reason or failure}{self._not_declared}"

    async def _leave_channel(self) -> None:
        """Have the next beat written on a fresh channel: this one may have lost its way."""
        channel = self._channel
        self._channel = None
        self._confirms = None
        if channel is None or channel.is_closed:
            return
        with quietly():
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await channel.close()

    def _note_failure(self, connection: Connection, error: Exception) -> None:
        self._is_declared = False
        is_link_lost = not connection.connected.is_set()
        if is_link_lost:
            return  # it is told, and the next link begins anew

        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        if self._is_told:
            return
        self._is_told = True
        kind = type(error).__name__
        log.warning("pulse.not_written", stream=self._stream, error=f"{kind}: {error}", hint=HINT)

    def _note_success(self) -> None:
        self._written.set()
        self._pause = EVERY
        if self._is_told:
            self._is_told = False
            log.info("pulse.written", stream=self._stream)
