"""Running a handler that makes its claim itself, in a transaction of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import structlog

from workers.claims import AlreadyDone, Within
from workers.outcome import Done, Duplicate, Outcome

log = structlog.get_logger()

TWICE = (
    "a handler says `async with delivery.once(connection):` once: what it does in a second such "
    "context would not be done where the worker died between the two"
)


async def run_within(
    within: Within,
    consumer: str,
    run: Callable[[Within], Awaitable[Outcome]],
    count: Callable[[str], None],
) -> Outcome:
    """Run the handler, and say so where it has made no claim; return the outcome."""
    is_entered = False
    is_kept = False

    @asynccontextmanager
    async def noted(connection: Any) -> AsyncIterator[None]:
        nonlocal is_entered, is_kept
        is_entered = True
        try:
            async with within(connection):
                yield
        except AlreadyDone:
            if is_kept:
                raise RuntimeError(TWICE) from None
            raise
        is_kept = True
        count("granted")

    outcome = await run(noted)
    if outcome == Duplicate():
        count("kept")
    if outcome == Done() and not is_entered:
        _warn(consumer)
    return outcome


@lru_cache
def _warn(consumer: str) -> None:
    log.warning(
        "once.not_used",
        consumer=consumer,
        hint="it says once=Once(InTransaction()), but its handler returned without "
        "`async with delivery.once(connection):`, so nothing was claimed",
    )
