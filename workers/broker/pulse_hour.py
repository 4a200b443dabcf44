"""Following an app's pulse from an hour ago on, for what was done and died since then."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import time

from aio_pika.abc import AbstractConnection
from aiormq import Channel
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity

from runtime.amqp.channels import channel_of
from runtime.amqp.stream import Reading
from schemas.pulse_counts import Counts, counts_of
from schemas.pulse_topology import pulse_stream
from workers.broker.perseverance import Perseverance

AN_HOUR = 3_600
READ_TIMEOUT = 30.0
"""Seconds after which it is looked whether the channel still lives."""
IN_ONE_GO = 20
"""Records that are read before others have their turn: an hour of many processes is long."""
HINT = "the console draws no lines of the last hour, until it is"


class PulseHour:
    """Tells all beats of the last hour, and each that comes.

    `connection` gives the connection, and waits while there is none.
    """

    def __init__(
        self,
        app: str,
        connection: Callable[[], Awaitable[AbstractConnection]],
        heard: Callable[[Counts], None],
    ) -> None:
        self._app = app
        self._connection = connection
        self._heard = heard
        self._since_ms = 0
        self._perseverance = Perseverance("pulse.not_followed", HINT)

    async def keep(self) -> None:
        """Follow it until cancelled; where that cannot be, say so once, and try again."""
        await self._perseverance.keep(self._follow)

    async def _follow(self) -> None:
        connection = await self._connection()
        async with channel_of(connection) as channel:
            reading = await self._reading(channel)
            read = 0
            while True:
                record = await reading.next(READ_TIMEOUT)
                if record is None:
                    continue

                self._tell(record.body)
                read += 1
                if read % IN_ONE_GO == 0:
                    await asyncio.sleep(0)

    def _tell(self, body: bytes) -> None:
        self._perseverance.note_success()
        counts = counts_of(body)
        if counts is not None and counts.at >= self._since_ms:
            self._heard(counts)

    async def _reading(self, channel: Channel) -> Reading:
        reading = Reading(channel, pulse_stream(self._app))
        channel.closing.add_done_callback(lambda _: reading.end())
        channel.on_consumer_cancel_callbacks.add(lambda _: reading.end())

        since = time() - AN_HOUR
        self._since_ms = int(since * 1000)
        try:
            await reading.start(datetime.fromtimestamp(since, UTC))
        except (ChannelNotFoundEntity, ChannelAccessRefused) as error:
            raise ConnectionError(f"no pulse that we may read: {error}") from error
        return reading
