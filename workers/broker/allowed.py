"""How many handlers of a queue may run here: as many as are ordered, of a partition while it is
ours.
"""

import asyncio

from schemas.pulse import QueueState


class Allowed:
    """What was ordered last, and whether the queue is ours to take from."""

    def __init__(self, handlers: int, *, is_ours: bool) -> None:
        self._ordered = handlers
        self._held_as = QueueState.PAUSED
        self._is_ours = is_ours
        self._some = asyncio.Event()

    @property
    def handlers(self) -> int:
        """How many may run at once now."""
        return self._ordered if self._is_ours else 0

    @property
    def held_as(self) -> QueueState:
        """What the queue is while none may."""
        return self._held_as if self._is_ours else QueueState.AWAY

    def order(self, handlers: int, held_as: QueueState) -> None:
        """Let so many run, while the queue is ours."""
        self._ordered = handlers
        self._held_as = held_as
        self._some.set()

    def own(self, *, is_ours: bool) -> None:
        """Let any run, or none."""
        self._is_ours = is_ours
        self._some.set()

    async def until_some(self) -> None:
        """Return when some may run."""
        while not self.handlers:
            self._some.clear()
            await self._some.wait()
