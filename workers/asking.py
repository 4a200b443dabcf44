"""Asking a store that may be away: bounded, and seldom while it is.

A store that did not answer is left alone for a while, so that not every delivery waits for it in
vain; then one asks, while the others go on as if it were away.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

import structlog

from runtime import failure

log = structlog.get_logger()

REST = 1.0
"""Seconds that a store which did not answer is left alone."""

T = TypeVar("T")


class StoreAway(Exception):
    """A store did not answer, or was not asked because it did not answer just now."""


class Asking:
    """Asks one store, called `name` in the log; an answer takes `patience` seconds at most."""

    def __init__(self, name: str, patience: float) -> None:
        self._name = name
        self._patience = patience
        self._why_away = ""
        self._again = 0.0

    async def ask(self, question: Callable[[], Awaitable[T]], *, insists: bool = False) -> T:
        """Return the answer; raises StoreAway. Who insists asks in any case."""
        now = monotonic()
        if self._why_away:
            if now < self._again and not insists:
                raise StoreAway(self._why_away)
            self._leave_alone(now + self._patience)

        try:
            async with asyncio.timeout(self._patience):
                answer = await question()
        except Exception as error:
            self._is_away(error)
            raise StoreAway(self._why_away) from error
        self._is_back()
        return answer

    def _is_away(self, error: Exception) -> None:
        why = failure.one_line(error)
        if isinstance(error, TimeoutError):
            why = f"no answer within {self._patience:g} s"
        if not self._why_away:
            log.warning("once.store_away", store=self._name, error=why)
        self._why_away = why
        self._leave_alone(monotonic())

    def _is_back(self) -> None:
        if self._why_away:
            self._why_away = ""
            log.info("once.store_back", store=self._name)

    def _leave_alone(self, since: float) -> None:
        self._again = since + REST
