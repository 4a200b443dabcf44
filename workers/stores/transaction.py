"""Claims in transactions of the author's own: what a handler does and its claim commit together.

It speaks to connections of asyncpg, and imports nothing of it: the author did.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import random
from typing import Any

import structlog

from runtime import failure
from workers.claims import AlreadyDone
from workers.stores.claim_table import TABLE, ClaimTable

log = structlog.get_logger()

SWEEP_SHARE = 0.01
"""Of the transactions, those after which ended claims are taken away."""
UNDEFINED_TABLE = "42P01"
"""PostgreSQL's code for a table that is not there."""
OWNER = "transaction"


class NoClaimTableError(RuntimeError):
    """The table of claims is not there; the message is the SQL that makes it."""


class InTransaction:
    """Makes each claim in a transaction of the handler's own, on a connection of asyncpg.

    The consumer's handler, an `async def`, does what must happen once within
    `async with delivery.once(connection):`. That begins a transaction, or a savepoint where one
    has begun, and claims the webhook's key in `table`; then both commit together, or neither does.
    Wherever the worker dies, is cut off or loses its database, the webhook comes again and takes
    effect once. Two workers that have the same webhook come one after the other: the second waits
    for the first one's transaction, and then the context raises AlreadyDone.

    What the handler does outside that context, or over another connection, may happen twice.
    The table is the author's to make: `schema` is the SQL for it.
    """

    def __init__(self, table: str = TABLE) -> None:
        self._table = ClaimTable(table)

    def __str__(self) -> str:
        return f"the handler's transaction, table {self._table.name}"

    @property
    def schema(self) -> str:
        """The SQL that makes the table."""
        return self._table.schema

    @asynccontextmanager
    async def within(self, connection: Any, key: str, seconds: float) -> AsyncIterator[None]:
        """Claim in a transaction on the connection; raises AlreadyDone and NoClaimTableError."""
        _check(connection)
        is_outermost = not connection.is_in_transaction()
        async with connection.transaction():
            await self._claim(connection, key, seconds)
            yield
        if is_outermost and random() < SWEEP_SHARE:  # noqa: S311 - spreads work, protects nothing
            await self._sweep(connection)

    async def _claim(self, connection: Any, key: str, seconds: float) -> None:
        try:
            is_first = await connection.fetchval(self._table.keep_first, key, OWNER, seconds)
        except Exception as error:
            if getattr(error, "sqlstate", "") == UNDEFINED_TABLE:
                raise NoClaimTableError(f"make the table of claims:\n{self.schema}") from error
            raise
        if not is_first:
            raise AlreadyDone(key)

    async def _sweep(self, connection: Any) -> None:
        """Take ended claims away: all is committed by now, and nothing of it may fail."""
        try:
            await connection.execute(self._table.sweep)
        except Exception as error:  # noqa: BLE001 - another sweep will do
            log.warning("once.not_swept", table=self._table.name, error=failure.one_line(error))


def _check(connection: Any) -> None:
    """Raise TypeError for what is no connection of asyncpg's: its pool, say."""
    if hasattr(connection, "is_in_transaction") and hasattr(connection, "fetchval"):
        return
    kind = type(connection)
    raise TypeError(
        f"delivery.once(…) takes a connection of asyncpg, and no {kind.__module__}.{kind.__name__}:"
        " async with pool.acquire() as connection, async with delivery.once(connection)"
    )
