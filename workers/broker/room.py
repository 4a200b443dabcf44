"""Room for the runs of one queue: how many may begin. Without room, a run waits for its turn.

Seldom does one have to: the broker hands out no more than may run at once. Too many are here when
handlers hang that nobody can end, and for a moment when the number that is allowed has changed.
"""

from schemas.pulse import QueueState
from workers.left_behind import LeftBehind


class Room:
    """Counts the runs that have begun: each holds it as a context; `handlers` may at once."""

    def __init__(self, left_behind: LeftBehind, handlers: int) -> None:
        self.handlers = handlers
        self.held_as = QueueState.PAUSED
        """What the queue is while no handler may begin."""
        self._left_behind = left_behind
        self._begun = 0
        self._is_closed = False

    @property
    def _is_hanging(self) -> bool:
        """Whether as many handlers hang as may run."""
        return self._left_behind.is_full

    @property
    def is_full(self) -> bool:
        """Whether nothing more may begin now."""
        return self._begun >= self.handlers or self._is_hanging

    def state(self, *, is_consuming: bool) -> QueueState:
        """Return how the worker stands to the queue, which it consumes or not."""
        if not self.handlers:
            return self.held_as
        if self._is_hanging:
            return QueueState.STUCK
        if self._is_closed or not is_consuming:
            return QueueState.LOST
        return QueueState.CONSUMING

    def allow(self, handlers: int) -> None:
        """Let so many run at once from now on; with 0, none begins."""
        self.handlers = handlers
        self._left_behind.wake()

    def close(self) -> None:
        """Let nobody wait any more."""
        self._is_closed = True
        self._left_behind.wake()

    async def wait(self) -> bool:
        """Wait while it is full; tell whether the run may begin, or goes back.

        It keeps its place in the prefetch meanwhile, so the broker gives us no more than that.
        """
        while self.is_full:
            if self._is_closed or not self.handlers:
                return False
            await self._left_behind.until_changed()
        return True

    def __enter__(self) -> None:
        """Take a place while a run is under way."""
        self._begun += 1

    def __exit__(self, *_: object) -> None:
        """Give the place to who waits for it."""
        was_full = self._begun >= self.handlers
        self._begun -= 1
        if was_full:
            self._left_behind.wake()
