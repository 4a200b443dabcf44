"""Following a stream of an app for ever: what cannot be is said once, and tried again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from runtime.amqp.link import LOST, lost_link_as_error
from runtime.waiting import jittered

log = structlog.get_logger()

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 60.0
"""Seconds until a stream is followed again after it was lost; each pause is twice the last."""


class Perseverance:
    """Tries again and again; an `event` with a hint is logged where it cannot be."""

    def __init__(self, event: str, hint: str) -> None:
        self._event = event
        self._hint = hint
        self._pause = FIRST_PAUSE
        self._is_told = False

    async def keep(self, follow: Callable[[], Awaitable[None]]) -> None:
        """Follow until cancelled; `follow` raises one of LOST where it cannot."""
        while True:
            try:
                with lost_link_as_error():
                    await follow()
            except LOST as error:
                self._tell(error)

            seconds = jittered(self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            await asyncio.sleep(seconds)

    def note_success(self) -> None:
        """Note that it can be: the next failure is told again, and soon tried again."""
        self._pause = FIRST_PAUSE
        self._is_told = False

    def _tell(self, error: BaseException) -> None:
        if self._is_told:
            return
        self._is_told = True
        kind = type(error).__name__
        log.warning(self._event, error=f"{kind}: {error}", hint=self._hint)
