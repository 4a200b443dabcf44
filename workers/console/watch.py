"""How the app is doing, read again and again for all pages together."""

import asyncio
from time import monotonic

from runtime.amqp.declare import TopologyDiffersError
from runtime.amqp.link import LOST, Connection, lost_link_as_error
from workers.broker.link import ReconnectingLink
from workers.console.news import News
from workers.operate.status import Seen, StatusReader
from workers.telemetry import LAST_STATUS

LOOKED_AT_EVERY = 2.0
"""Seconds between two readings while somebody looks."""
ALONE_EVERY = 15.0
"""The same while nobody does."""
LOOKED_AT_FOR = 30.0
"""Seconds after a page was asked for in which somebody counts as looking."""
READ_TIMEOUT = 10.0
AWAY = "The broker cannot be reached."


class Watch:
    """Reads the status over a link, and tells of it; `trouble` says why what it shows is old.

    Not while a look of ours is on its way (`looking`): what that holds would count as gone.
    """

    def __init__(self, link: ReconnectingLink, app: str, news: News, looking: asyncio.Lock) -> None:
        self.seen: Seen | None = None
        self.trouble = ""
        self.took = 0.0
        self._link = link
        self._app = app
        self._news = news
        self._looking = looking
        self._looked_at = monotonic()
        self._wanted = asyncio.Event()
        self._has_read = asyncio.Event()

    def look(self) -> None:
        """Note that somebody looks."""
        if monotonic() - self._looked_at > LOOKED_AT_FOR:
            self._wanted.set()
        self._looked_at = monotonic()

    def hurry(self) -> None:
        """Have it read at once: something was changed here."""
        self._wanted.set()

    async def first(self, seconds: float) -> Seen | None:
        """Return what is known; wait so long for the first reading."""
        if self.seen is None:
            try:
                async with asyncio.timeout(seconds):
                    await self._has_read.wait()
            except TimeoutError:
                self.trouble = self.trouble or AWAY
        return self.seen

    async def keep(self) -> None:
        """Read until cancelled."""
        while True:
            if not self._link.is_open:
                self._tell_trouble(AWAY)
            connection = await self._link.connection()
            try:
                with lost_link_as_error():
                    await self._read_on(connection)
            except TopologyDiffersError as error:
                self._tell_trouble(str(error))
            except LOST as error:
                kind = type(error).__name__
                self._tell_trouble(f"{AWAY} ({kind}: {error})")
            await asyncio.sleep(1)

    async def _read_on(self, connection: Connection) -> None:
        reader = StatusReader(connection, self._app)
        while True:
            self._wanted.clear()
            async with self._looking:
                await self._read(reader)
            self.trouble = ""
            self._has_read.set()
            self._news.tell()
            await self._pause()

    async def _read(self, reader: StatusReader) -> None:
        began = monotonic()
        async with asyncio.timeout(READ_TIMEOUT):
            self.seen = await reader.read()

        self.took = monotonic() - began
        LAST_STATUS.labels(self._app).set_to_current_time()

    async def _pause(self) -> None:
        is_alone = monotonic() - self._looked_at > LOOKED_AT_FOR
        seconds = ALONE_EVERY if is_alone else max(LOOKED_AT_EVERY, 4 * self.took)
        try:
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        except TimeoutError:
            return

    def _tell_trouble(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            self._news.tell()
