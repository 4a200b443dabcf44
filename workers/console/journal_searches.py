"""Searches through the journal, shared: a few at a time, and the same one once for all who ask."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from workers.console.for_all import ForAll
from workers.sought import Sought

if TYPE_CHECKING:
    from workers.console.journal_page import Found

AT_ONCE = 2
"""Searches at a time: each reads with up to sixteen readers, on a connection of its own."""
PATIENCE = 20.0
"""Seconds that one waits for its turn."""
FULL = "Others search the journal, and this had no turn: try again in a moment."

Search = Callable[[], Coroutine[Any, Any, "Found"]]


class NoTurn(Exception):
    """Too many search already; the message says so, for people."""


class JournalSearches:
    """Those that are on their way."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._shared: ForAll[Sought, Found] = ForAll()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Be one of few that search; raises NoTurn."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turns.acquire()
        except TimeoutError:
            raise NoTurn(FULL) from None
        try:
            yield
        finally:
            self._turns.release()

    async def found(self, sought: Sought, search: Search) -> "Found":
        """Return what is found; of who asks for the same meanwhile, one searches for all."""
        return await self._shared.result(sought, search)
