"""Following an app's control log: what is ordered is known within a moment, not within a minute."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from aio_pika.abc import AbstractConnection

from runtime.amqp.channels import channel_of
from schemas.control import ControlState
from workers.broker import control as control_log
from workers.broker.known import KnownControl
from workers.broker.perseverance import Perseverance

HINT = "what is ordered takes effect within a minute instead of two seconds"


class NoControlLog(OSError):
    """The broker has no such log, or it holds nothing though it did before."""


class Following:
    """Follows the log over `connection`, which waits for the link, so that it is `known`.

    Where that cannot be, it says so once and tries again; upkeep reads the log each minute anyhow.
    """

    def __init__(
        self,
        app: str,
        connection: Callable[[], Awaitable[AbstractConnection]],
        known: KnownControl,
    ) -> None:
        self._app = app
        self._connection = connection
        self._known = known
        self._perseverance = Perseverance("control.not_followed", HINT)

    async def keep(self, declared: asyncio.Event) -> None:
        """Follow the log from when all is declared, until cancelled."""
        await declared.wait()
        await self._perseverance.keep(self._follow)

    async def _follow(self) -> None:
        connection = await self._connection()
        async with channel_of(connection) as channel:
            before = self._known.state
            state = await control_log.read(channel, self._app, before)
            if state is None:
                raise NoControlLog("the broker has none")
            if before.next_offset and not state.next_offset:
                # Followed from its start, it would take back what it had told.
                raise NoControlLog("it tells of nothing any more")

            heard = partial(self._heard, before)
            await control_log.follow(channel, self._app, state, heard)

    def _heard(self, before: ControlState, state: ControlState) -> None:
        self._known.take(state, before)
        self._perseverance.note_success()
