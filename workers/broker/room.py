"""Room for the runs of one queue: how many may begin. Without room, a run waits for its turn.

Seldom does one have to: the broker hands out no more than may run at once. Too many are here when
handlers hang that nobody can end, and for a moment when the number that is allowed has changed.
"""

from time import monotonic

from schemas.pulse import QueueState
from workers.left_behind import LeftBehind
from workers.turns import Turns

LONGEST_WAIT = 600.0
"""Seconds that a run waits for its turn at most, then it goes back: who keeps a message for half an
hour loses the channel.
"""


class Room:
    """Counts the runs that have begun: each holds it as a context; `handlers` may at once."""

    def __init__(self, left_behind: LeftBehind, turns: Turns, handlers: int) -> None:
        self.handlers = handlers
        self.held_as = QueueState.PAUSED
        """What the queue is while no handler may begin."""
        self._left_behind = left_behind
        self._turns = turns
        self._begun = 0
        self._waiting = 0
        self.is_closed = False

    @property
    def _is_hanging(self) -> bool:
        """Whether as many handlers hang as may run."""
        return self._left_behind.is_full

    @property
    def is_full(self) -> bool:
        """Whether nothing more may begin now."""
        return self._has_no_place or self._turns.seconds_left > 0

    @property
    def _has_no_place(self) -> bool:
        """Whether no turn would help."""
        return self._begun >= self.handlers or self._is_hanging

    def state(self, *, is_consuming: bool) -> QueueState:
        """Return how the worker stands to the queue, which it consumes or not."""
        if not self.handlers:
            return self.held_as
        if self._is_hanging:
            return QueueState.STUCK
        if self.is_closed or not is_consuming:
            return QueueState.LOST
        if self._waiting and self._turns.seconds_left:
            return QueueState.LIMITED
        return QueueState.CONSUMING

    def allow(self, handlers: int) -> None:
        """Let so many run at once from now on; with 0, none begins."""
        self.handlers = handlers
        self._left_behind.wake()

    def close(self) -> None:
        """Let nobody wait any more."""
        self.is_closed = True
        self._left_behind.wake()

    async def wait(self) -> bool:
        """Wait while it is full; tell whether the run may begin, or goes back.

        It keeps its place in the prefetch meanwhile, so the broker gives us no more than that.
        """
        ends = monotonic() + LONGEST_WAIT
        self._waiting += 1
        try:
            while self.is_full:
                if self.is_closed or not self.handlers or monotonic() > ends:
                    return False
                await self._left_behind.until_changed(self._seconds_to_turn())
        finally:
            self._waiting -= 1
        return True

    def _seconds_to_turn(self) -> float:
        """Return how long to wait at most before looking again, unless something changes.

        The turn may have come since it was looked whether there is one: then no time at all.
        """
        if self._has_no_place:
            return LONGEST_WAIT
        return min(self._turns.seconds_left, LONGEST_WAIT)

    def enter(self) -> None:
        """Take a place, and the turn for it."""
        self._begun += 1
        self._turns.take()

    def leave(self) -> None:
        """Give the place to who waits for it."""
        was_full = self._begun >= self.handlers
        self._begun -= 1
        if was_full:
            self._left_behind.wake()

    __enter__ = enter

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self.leave()
