"""What time it is for a consumer: the machine's, or one that the test kit sets by hand."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class HandClock:
    """A clock that stands still until somebody sets it; `now` is seconds since 1970."""

    def __init__(self, now: float) -> None:
        self.now = now

    @contextmanager
    def ruling(self) -> Iterator[None]:
        """Have this be the time inside the block, and in the tasks and threads that it begins."""
        token = _BY_HAND.set(self)
        try:
            yield
        finally:
            _BY_HAND.reset(token)


_BY_HAND: ContextVar[HandClock | None] = ContextVar("clock", default=None)


def now() -> float:
    """Return the time, in seconds since 1970."""
    by_hand = _BY_HAND.get()
    return time.time() if by_hand is None else by_hand.now


def now_ms() -> int:
    """Return the time, in milliseconds since 1970."""
    by_hand = _BY_HAND.get()
    seconds = time.time() if by_hand is None else by_hand.now
    return int(seconds * 1000)


def monotonic() -> float:
    """Return the seconds of a clock that nobody sets back, from no particular beginning."""
    by_hand = _BY_HAND.get()
    return time.monotonic() if by_hand is None else by_hand.now
