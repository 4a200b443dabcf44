"""Hearing who lives: the app's pulse, followed as it is written, into the roll."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import time

from aio_pika.abc import AbstractConnection
from aiormq import Channel
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity

from runtime.amqp.channels import channel_of
from runtime.amqp.stream import Reading
from schemas.pulse import Beat
from schemas.pulse_records import decode_head
from schemas.pulse_topology import pulse_stream
from workers.broker.perseverance import Perseverance
from workers.roll import GONE_AFTER, Roll

HINT = (
    "until it is, partitions go to whichever worker comes first, and one that knows of no other "
    "takes the whole of its limits; deploy/SECURITY.md has the permissions"
)
CATCHING_UP = 2.0
"""Seconds in which what was written before we listened has been read."""
READ_TIMEOUT = 30.0
"""Seconds after which it is looked whether the channel still lives."""


class Living:
    """Follows the pulse of an app, once anybody wants it, over `connection`, which waits for the
    link.

    `changed` is called when a worker has come, or takes part in something else.
    """

    def __init__(
        self,
        app: str,
        connection: Callable[[], Awaitable[AbstractConnection]],
        roll: Roll,
        changed: Callable[[], None],
    ) -> None:
        self._app = app
        self._connection = connection
        self._roll = roll
        self._changed = changed
        self._wanted = asyncio.Event()
        self._perseverance = Perseverance("pulse.not_followed", HINT)

    def want(self) -> None:
        """Follow it from now on."""
        if not self._wanted.is_set():
            self._roll.listen(asyncio.get_running_loop().time())
            self._wanted.set()

    async def keep(self) -> None:
        """Follow it until cancelled; where that cannot be, say so once, and try again."""
        await self._wanted.wait()
        await self._perseverance.keep(self._follow)

    async def _follow(self) -> None:
        connection = await self._connection()
        async with channel_of(connection) as channel:
            reading = await self._reading(channel)
            listening_since = asyncio.get_running_loop().time()
            while True:
                record = await reading.next(READ_TIMEOUT)
                beat = None if record is None else decode_head(record.body)
                if beat is None:
                    continue

                at = _heard_at(beat, listening_since)
                if self._roll.hear(beat, at):
                    self._changed()
                self._perseverance.note_success()

    async def _reading(self, channel: Channel) -> Reading:
        """Return the records of the last seconds, and all that come."""
        reading = Reading(channel, pulse_stream(self._app))
        channel.closing.add_done_callback(lambda _: reading.end())
        channel.on_consumer_cancel_callbacks.add(lambda _: reading.end())

        since = datetime.fromtimestamp(time() - GONE_AFTER, UTC)
        try:
            await reading.start(since)
        except (ChannelNotFoundEntity, ChannelAccessRefused) as error:
            raise ConnectionError(f"no pulse that we may read: {error}") from error
        return reading


def _heard_at(beat: Beat, listening_since: float) -> float:
    """Return when a beat was heard, by our own clock.

    Those from before we listened were written a while ago, as their writer's clock says. Where that
    clock is wrong, we are wrong about their writer until its next beat.
    """
    now = asyncio.get_running_loop().time()
    if now > listening_since + CATCHING_UP:
        return now

    age = time() - beat.at / 1000
    return now - max(0.0, age)
