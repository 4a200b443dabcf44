"""Watching what lies unrouted, and taking it to its queues.

It is searched at the start, every minute, and when more of it comes.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aio_pika.abc import AbstractConnection

from runtime.amqp.channels import KeptChannel
from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import LOST, lost_link_as_error
from runtime.waiting import jittered, set_or_later
from workers.broker.adopt import Adoption, SearchResult
from workers.broker.publisher import Publisher
from workers.broker.unrouted_depth import UnroutedDepth
from workers.broker.upkeep import CHECK_EVERY, PAUSE, QueueUpkeep, after_failure
from workers.telemetry import BINDINGS_MISSING, UNROUTED

log = structlog.get_logger()

PEEK_EVERY = 5.0
"""Seconds between two counts of what lies unrouted: its growth is how a lost binding shows."""
SEARCH_LIMIT = 5_000
"""Others' messages that a search holds while it looks behind them, after a first full search."""
NO_LIMIT = 2**31


class UnroutedWatch:
    """Searches unrouted for what has a queue by now."""

    def __init__(
        self,
        upkeep: QueueUpkeep,
        connection: Callable[[], Awaitable[AbstractConnection]],
        publisher: Publisher,
        depth: UnroutedDepth,
    ) -> None:
        self._upkeep = upkeep
        self._adoption = Adoption(upkeep.app, publisher, trusting=not upkeep.verify_only)
        self._searching = KeptChannel(connection)
        self._depth = depth
        self._last_result = SearchResult()
        self._limit = NO_LIMIT
        self._search_helps = True

    async def keep(self) -> None:
        """Search, again and again, until cancelled."""
        await self._upkeep.declared.wait()
        while True:
            try:
                with lost_link_as_error():
                    await self._search()
                    await asyncio.sleep(PAUSE)
                    await self._until_search_is_due()
            except (*LOST, NotPublished) as error:
                await after_failure(error)

    async def _search(self) -> None:
        self._upkeep.search_wanted.clear()
        channel = await self._searching.get()
        result = await self._adoption.adopt(channel, self._upkeep.known, self._limit)

        # Topics that nobody consumes pile up too: a search in vain is followed by the regular one.
        has_adopted = result.adopted > 0
        self._search_helps = has_adopted or result.left <= self._last_result.left
        self._tell(result)
        self._last_result = result
        self._depth.left = result.left
        self._limit = SEARCH_LIMIT
        if result.bound:
            self._upkeep.search_wanted.set()

    def _tell(self, result: SearchResult) -> None:
        unrouted = UNROUTED.labels(self._upkeep.app)
        unrouted.set(result.left)
        for queue in sorted(result.bound):
            log.info("binding.made", queue=queue)
        if result.adopted:
            log.info("unrouted.adopted", count=result.adopted, left=result.left)
        if self._upkeep.verify_only:
            self._tell_missing(result)

    def _tell_missing(self, result: SearchResult) -> None:
        """Say which bindings must be missing: an operator makes them.

        What the first search finds may be older than the binding.
        """
        missing = set(result.unbound)
        is_first = self._limit == NO_LIMIT
        if not is_first:
            missing |= result.unreached

        known = self._last_result.unbound | self._last_result.unreached
        for queue in sorted(missing - known):
            log.error(
                "binding.missing",
                queue=queue,
                hint="`hookline-workers topology export` says which there must be",
            )
        bindings_missing = BINDINGS_MISSING.labels(self._upkeep.app)
        bindings_missing.set(len(missing))

    async def _until_search_is_due(self) -> None:
        """Return after a while, when asked for it, or when more lies there than was left."""
        wanted = self._upkeep.search_wanted
        now = asyncio.get_running_loop().time
        deadline = now() + jittered(CHECK_EVERY)

        while not wanted.is_set() and now() < deadline:
            await set_or_later(wanted, PEEK_EVERY)
            if self._search_helps and await self._depth.has_grown():
                # The bindings come first, or what goes on being unrouted had to be moved as well.
                await self._upkeep.now()
                return

        if wanted.is_set():
            self._limit = NO_LIMIT
