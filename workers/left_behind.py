"""Handlers that still run though their time is up.

A thread cannot be stopped, and a task may ignore its cancellation.
Their webhooks have gone on without them. So that they do not grow without a bound, they are counted
for each consumer: once `concurrency` of them are there, nothing more of the consumer starts until
one ends.
"""

import asyncio
from typing import Any

import structlog

from workers.consumer import Consumer
from workers.telemetry import LEFT_BEHIND

log = structlog.get_logger()

HINT = "they run beyond their timeout; nothing more of this consumer starts until one ends"


class LeftBehind:
    """What one consumer's handlers have left running here. Used in the event loop only."""

    def __init__(self, consumer: str) -> None:
        self._consumer = consumer
        self._count = 0
        self._limit = 0
        self._change: asyncio.Future[None] | None = None
        self._gauge = LEFT_BEHIND.labels(consumer)

    @property
    def is_full(self) -> bool:
        """Whether there are so many that nothing more may start."""
        return 0 < self._limit <= self._count

    def enter(self, limit: int) -> None:
        """Count one more, and say so where it is the last that there is room for."""
        self._limit = limit
        self._count += 1
        self._gauge.inc()
        if self._count == limit:
            log.error(
                "consumer.held",
                consumer=self._consumer,
                left_behind=self._count,
                hint=HINT,
            )

    def leave(self) -> None:
        """Count one less."""
        was_full = self.is_full
        self._count -= 1
        self._gauge.dec()
        if was_full and not self.is_full:
            log.warning("consumer.goes_on", consumer=self._consumer, left_behind=self._count)
            self.wake()

    async def until_changed(self, seconds: float) -> None:
        """Return when there is room again, when somebody wakes who waits, or after so long."""
        if self._change is None:
            self._change = asyncio.get_running_loop().create_future()
        await asyncio.wait([self._change], timeout=seconds)

    def wake(self) -> None:
        """Have everybody who waits look again."""
        if self._change is not None:
            self._change.set_result(None)
            self._change = None


_BY_CONSUMER: dict[str, LeftBehind] = {}


def left_behind(consumer: Consumer[Any]) -> LeftBehind:
    """Return what the handlers of the consumer have left behind, of whichever of its queues."""
    left = _BY_CONSUMER.get(consumer.name)
    if left is None:
        left = LeftBehind(consumer.name)
        _BY_CONSUMER[consumer.name] = left
    return left
