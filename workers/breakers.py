"""The breakers of this worker's queues, and what the other workers are told of them."""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from runtime.amqp.confirms import NotPublished
from schemas.control import ControlState
from schemas.in_force import latest
from schemas.names import WorkQueue
from schemas.orders import Order, Ordered, Subject
from workers.circuit import Circuit, Position
from workers.consumer import Consumer
from workers.outcome import Count
from workers.queue_breaker import QueueBreaker, patience_with

log = structlog.get_logger()

SPREAD = 0.2
"""Seconds within which an opening is told: of workers that find out at once, one tells the others.

All hold their queue from the moment that they find out.
"""

Give = Callable[[Order], Awaitable[None]]
"""Writes an order to the control log; raises NotPublished."""


class Breakers:
    """Breakers by queue; `give` tells the others of what was found out here, by this name."""

    def __init__(self, give: Give, by: str) -> None:
        self._give = give
        self._by = by
        self._of: dict[str, QueueBreaker] = {}
        self._telling: set[asyncio.Task[None]] = set()
        self._moved: Callable[[], None] = _nobody

    def listen(self, moved: Callable[[], None]) -> None:
        """Have this called when attempts here have opened or closed one."""
        self._moved = moved

    def watch(
        self, queue: WorkQueue, consumer: Consumer[Any], count_by: Callable[[Count], None]
    ) -> None:
        """Give the queue a breaker, where its consumer has one; attempts are counted by it.

        Partitions share one: what is behind their handler is one and the same.
        """
        if consumer.breaker is None:
            return

        whole = queue.whole
        breaker = self._of.get(whole.name)
        if breaker is None:
            circuit = Circuit(consumer.breaker)
            patience = patience_with(consumer)
            breaker = QueueBreaker(whole, circuit, patience, self._by, self._found_out)
            self._of[whole.name] = breaker
        count_by(breaker.count)

    def position(self, queue: WorkQueue, state: ControlState) -> Position:
        """Return where a queue's breaker stands, once it has heard what the control log says."""
        breaker = self._of.get(queue.whole.name)
        if breaker is None:
            return Position.CLOSED

        order = latest(state, Subject.BREAKER, queue)
        if order is not None:
            breaker.hear(order)
        breaker.tell()
        return breaker.position

    def seconds_to_next_probe(self) -> float:
        """Return how soon the next of them is to be tried; infinity where none is."""
        left = [breaker.seconds_left for breaker in self._of.values()]
        to_come = [seconds for seconds in left if seconds > 0]
        return min(to_come, default=math.inf)

    def _found_out(self, breaker: QueueBreaker, order: Order) -> None:
        telling = asyncio.create_task(self._tell_others(breaker, order))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)
        self._moved()

    async def _tell_others(self, breaker: QueueBreaker, order: Order) -> None:
        if order.what is Ordered.OPENED:
            pause = random.uniform(0, SPREAD)  # noqa: S311 - spreads, protects nothing
            await asyncio.sleep(pause)
        if breaker.own is not order:
            return  # another worker was first

        try:
            await self._give(order)
        except NotPublished as error:
            # The others find out by themselves.
            log.warning("breaker.not_told", queue=breaker.queue.name, error=str(error))


def _nobody() -> None:
    """Tell nobody."""
