"""Asking a store that may be away: bounded, and seldom while it is.

A store that did not answer is left alone for a while, so that not every delivery waits for it in
vain; then one asks, while the others go on as if it were away.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

import structlog

from runtime import failure

log = structlog.get_logger()

REST = 1.0
"""Seconds that a store which did not answer is left alone."""
UNANSWERED = 10_000
"""Claims remembered, at most, whose answer was lost."""

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
        self._unanswered: OrderedDict[str, str] = OrderedDict()

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

    def remember(self, key: str, owner: str) -> None:
        """Remember who asked for a claim and heard nothing: the claim may have been granted."""
        self._unanswered[key] = owner
        if len(self._unanswered) > UNANSWERED:
            self._unanswered.popitem(last=False)

    def asked_before(self, key: str) -> str:
        """Return who asked so for this claim, once; the empty string where nobody did."""
        return self._unanswered.pop(key, "")

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
