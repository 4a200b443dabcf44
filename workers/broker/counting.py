"""Which part of an app's queues this process counts."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from enum import Enum, auto
from time import time

from aio_pika.abc import AbstractConnection

from runtime.amqp import pulses
from runtime.amqp.channels import KeptChannel
from runtime.this_process import PROCESS
from schemas.pulse import Beat
from schemas.who_counts import counts_before, who_counts

UNREADABLE = 300.0
"""Seconds until a pulse that could not be read is tried again: each try costs a channel."""


class Share(Enum):
    """What a process counts."""

    ALL = auto()
    OWN = auto()
    """Its own queues. So it is for every worker where no pulse can be read, or none is written:
    for nobody to count would silence alerts on a broker that refuses streams. Each gives the
    broker's own count, so that the largest is true whoever tells it; `depths` bounds how often
    it asks.
    """
    NOTHING = auto()


class Counting:
    """Who counts for one app, as this process reads in the pulse."""

    def __init__(
        self,
        app: str,
        connection: Callable[[], Awaitable[AbstractConnection]],
        process: str = PROCESS,
    ) -> None:
        self._app = app
        self._process = process
        self._channel = KeptChannel(connection)
        self._unreadable_until = 0.0

    async def share(self) -> Share:
        """Return what this process is to count now; raises what AMQP raises."""
        now = asyncio.get_running_loop().time()
        if now < self._unreadable_until:
            return Share.OWN

        try:
            who = await self._who()
        except pulses.NoPulse:
            self._unreadable_until = now + UNREADABLE
            return Share.OWN
        if who is None:
            return Share.OWN
        return Share.ALL if who == self._process else Share.NOTHING

    async def _who(self) -> str | None:
        """Return who counts; of several before us, any: reading ends at the first."""
        now_ms = int(time() * 1000)
        channel = await self._channel.get()
        beats: list[Beat] = []
        async with aclosing(pulses.heads(channel, self._app, now_ms)) as reading:
            async for beat in reading:
                beats.append(beat)
                if counts_before(beat, self._process, now_ms):
                    break
        return who_counts(beats, now_ms)
