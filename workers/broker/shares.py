"""Sharing limits: of how many workers this is one, by the app's pulse.

Every few seconds, where this process runs a consumer with limits. Nobody hands shares out: whoever
reads the same beats comes to the same number.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from time import time

import structlog
from aio_pika.abc import AbstractConnection

from runtime.amqp import pulses
from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import LOST, lost_link_as_error
from runtime.this_process import PROCESS
from runtime.waiting import jittered
from schemas.fleet import running
from schemas.pulse import Beat
from workers.limiter import Limiter

log = structlog.get_logger()

EVERY = 3.0
"""Seconds between two looks."""
LOOK_TIMEOUT = 10.0
"""Seconds for one look."""
HINT = "each worker takes the whole of its limits; deploy/SECURITY.md has the permissions"


class Shares:
    """Tells limiters, by their consumers' names, of how many workers they are one."""

    def __init__(
        self,
        app: str,
        limiters: Mapping[str, Limiter],
        connection: Callable[[], Awaitable[AbstractConnection]],
    ) -> None:
        self._app = app
        self._limiters = limiters
        self._channel = KeptChannel(connection)
        self._is_told = False

    async def keep(self, declared: asyncio.Event) -> None:
        """Look, again and again from when all is declared, until cancelled."""
        await declared.wait()
        while True:
            shared = [limiter for limiter in self._limiters.values() if limiter.is_shared]
            if shared:
                await self._look(shared)
            await asyncio.sleep(jittered(EVERY))

    async def _look(self, shared: Iterable[Limiter]) -> None:
        try:
            with lost_link_as_error():
                async with asyncio.timeout(LOOK_TIMEOUT):
                    channel = await self._channel.get()
                    found = await pulses.read(channel, self._app, int(time() * 1000))
        except LOST as error:
            self._note_unreadable(f"{type(error).__name__}: {error}")
            return

        if found is None:
            self._note_unreadable("there is no pulse, or we may not read it")
        self._divide(shared, [] if found is None else found.beats)

    def _divide(self, shared: Iterable[Limiter], beats: Sequence[Beat]) -> None:
        now_ms = int(time() * 1000)
        for limiter in shared:
            queues = f"{self._app}.{limiter.consumer.name}."
            workers = running(beats, queues, now_ms)
            limiter.share_among(len(workers | {PROCESS}))

    def _note_unreadable(self, error: str) -> None:
        if not self._is_told:
            self._is_told = True
            log.warning("limits.not_shared", error=error, hint=HINT)
