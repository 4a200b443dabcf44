"""Claims in this process's memory: for tests, where no worker must know of another's claims."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from workers.claims import AlreadyDone, Claim, Granted, Held, Kept
from workers.clock import monotonic

KEPT = ""
"""Whose a claim is that is kept."""


@dataclass(frozen=True, slots=True)
class _Noted:
    owner: str
    ends: float


class MemoryStore:
    """A store as the others are, on a clock that a test may turn. `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._noted: dict[str, _Noted] = {}

    def __str__(self) -> str:
        return "memory"

    async def claim(self, key: str, owner: str, seconds: float) -> Claim:
        """Grant a claim that nobody has."""
        now = self._clock()
        noted = self._noted.get(key)
        if noted is not None and noted.ends > now:
            if noted.owner == KEPT:
                return Kept()
            if noted.owner != owner:
                return Held(noted.ends - now)

        self._noted[key] = _Noted(owner, now + seconds)
        return Granted()

    async def keep(self, key: str, seconds: float) -> None:
        """Note that it is done."""
        self._noted[key] = _Noted(KEPT, self._clock() + seconds)

    async def release(self, key: str, owner: str) -> None:
        """Give the claim up, where it is still the owner's."""
        noted = self._noted.get(key)
        if noted is not None and noted.owner == owner:
            del self._noted[key]

    async def close(self) -> None:
        """Do nothing: what is kept stays."""


class MemoryTransactions:
    """Makes claims as InTransaction does, in a store in memory. The connection is not looked at."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._turns = defaultdict[str, asyncio.Lock](asyncio.Lock)

    def __str__(self) -> str:
        return "memory"

    @asynccontextmanager
    async def within(self, _: Any, key: str, seconds: float) -> AsyncIterator[None]:
        """Claim, and keep the claim where the context ends well; raises AlreadyDone."""
        async with self._turns[key]:
            if await self._store.claim(key, "transaction", seconds) == Kept():
                raise AlreadyDone
            try:
                yield
            except BaseException:
                await self._store.release(key, "transaction")
                raise
            await self._store.keep(key, seconds)
