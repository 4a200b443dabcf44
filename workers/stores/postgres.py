"""Claims as rows of a table in PostgreSQL."""

import asyncio
from contextlib import suppress
from random import random
from typing import Any
from urllib.parse import urlsplit

import structlog

from runtime import failure
from workers.claims import Claim, Granted, Held, Kept
from workers.stores.claim_table import TABLE, ClaimTable

try:
    import asyncpg
except ImportError as error:
    raise ImportError("PostgresStore needs asyncpg: pip install 'hookline[postgres]'") from error

log = structlog.get_logger()

SWEEP_SHARE = 0.01
"""Of the claims that are kept, those after which ended ones are taken away."""
SHORTEST = 1.0
"""Seconds that a claim is said to be held at least: it may have ended since we asked."""
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('hookline once'));"
"""Makes who comes second wait: of two that make a table at once, PostgreSQL fails one."""
IDLE = 60.0
"""Seconds after which a connection that nobody used is closed."""


async def _leave_as_it_is(_: object) -> None:
    """Do nothing to a connection that is given back: no statement of ours leaves a trace on it.

    asyncpg's own way takes as long as a claim.
    """


class PostgresStore:
    """Keeps claims in a table of a PostgreSQL database, over connections of its own.

    `url` is `postgresql://user:password@host/database`, with what else asyncpg takes in one;
    nothing is connected before the first claim, and at most `connections` are open in each process.
    The table is made where there is none and the user may. A claim costs a statement, to keep or to
    release it another, each a transaction, and 220 bytes with its index while it is kept; those
    that have ended are taken away as others are kept. Raises ValueError for a URL of something
    else, and BadTable.
    """

    def __init__(self, url: str, *, table: str = TABLE, connections: int = 10) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("postgresql", "postgres"):
            raise ValueError("PostgresStore(url): a URL such as postgresql://user@host/database")
        place = parts.hostname or "localhost"
        self._name = f"PostgreSQL {place}{parts.path}, table {table}"
        self._url = url
        self._table = ClaimTable(table)
        self._connections = connections
        self._pool: asyncpg.Pool | None = None
        self._sweeping: asyncio.Task[None] | None = None

    def __str__(self) -> str:
        return self._name

    async def claim(self, key: str, owner: str, seconds: float) -> Claim:
        """Grant a claim that nobody has."""
        try:
            granted = await self._fetchrow(self._table.claim, key, owner, seconds)
        except asyncpg.UndefinedTableError:
            await self._make_table()
            granted = await self._fetchrow(self._table.claim, key, owner, seconds)
        if granted:
            return Granted()

        found = await self._fetchrow(self._table.look, key)
        if found is None:
            return Held(SHORTEST)
        if found[0]:
            return Kept()
        return Held(max(SHORTEST, found[1]))

    async def keep(self, key: str, seconds: float) -> None:
        """Note that it is done."""
        await self._fetchrow(self._table.keep, key, "", seconds)
        if random() < SWEEP_SHARE and self._sweeping is None:  # noqa: S311 - spreads work
            self._sweeping = asyncio.create_task(self._sweep())

    async def release(self, key: str, owner: str) -> None:
        """Give the claim up, where it is still the owner's."""
        with suppress(asyncpg.UndefinedTableError):
            await self._fetchrow(self._table.release, key, owner)

    async def close(self) -> None:
        """End the connections at once; what is asked on them fails."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def _fetchrow(self, statement: str, *values: Any) -> Any:
        """Return the row that a statement gives.

        A connection on which the server does not answer is closed at once, and the others are not
        used again: they lead to the same server. asyncpg by itself would wait for the server's word
        on what was cancelled.
        """
        pool = await self._opened()
        async with pool.acquire() as connection:
            try:
                return await connection.fetchrow(statement, *values)
            except asyncpg.PostgresError:
                raise  # the server is well, and so is the connection
            except BaseException:
                connection.terminate()
                await pool.expire_connections()
                raise

    async def _opened(self) -> asyncpg.Pool:
        """Return the pool, which connects when it is asked for a connection, and not before."""
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=0,
                max_size=self._connections,
                max_inactive_connection_lifetime=IDLE,
                reset=_leave_as_it_is,
            )
        return self._pool

    async def _make_table(self) -> None:
        """Make the table, where no other worker has made it by now."""
        pool = await self._opened()
        await pool.execute(f"{_ONE_AT_A_TIME}\n{self._table.schema}")
        log.info("once.table_made", table=self._table.name)

    async def _sweep(self) -> None:
        try:
            await self._fetchrow(self._table.sweep)
        except Exception as error:  # noqa: BLE001 - another sweep will do
            log.warning("once.not_swept", table=self._table.name, error=failure.one_line(error))
        finally:
            self._sweeping = None
