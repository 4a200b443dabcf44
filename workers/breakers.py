"""The breakers of this process: told in the log, in the metrics, and to the other workers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from time import time

import structlog

from runtime.amqp.confirms import NotPublished
from schemas.orders import Order, Ordered
from workers.broker.breaking import Breaking
from workers.circuit import Position
from workers.telemetry import BREAKER

log = structlog.get_logger()

Give = Callable[[Order], Awaitable[None]]
"""Writes an order to the control log; raises NotPublished."""

_MOVED = {
    Position.OPEN: "breaker.opened_elsewhere",
    Position.PROBING: "breaker.probing",
    Position.CLOSED: "breaker.closed_elsewhere",
}
"""What is logged where the time, or another worker, has moved one."""


class Breakers:
    """Tells of these breakers; `give` writes down for the others what `by` has found out."""

    def __init__(self, breakings: Iterable[Breaking], give: Give, by: str) -> None:
        self._give = give
        self._by = by
        self._giving: set[asyncio.Task[None]] = set()
        self._positions: dict[str, Position] = {}
        self._after: Callable[[], None] = _nothing
        for one in breakings:
            one.changed = partial(self._changed, one)
            self._note(one, Position.CLOSED)

    def listen(self, after: Callable[[], None]) -> None:
        """Have this called when an attempt here has opened or closed one."""
        self._after = after

    def look(self, one: Breaking, now_ms: int) -> None:
        """Tell where a breaker stands now, if the time or another worker has moved it."""
        position = one.position(now_ms)
        if position is self._positions[one.queue.name]:
            return

        self._note(one, position)
        log.info(_MOVED[position], queue=one.queue.name, until_ms=one.until_ms)

    def _changed(self, one: Breaking, position: Position) -> None:
        self._note(one, position)
        if position is Position.OPEN:
            times = one.times
            log.warning("breaker.opened", queue=one.queue.name, until_ms=one.until_ms, times=times)
            self._tell_others(one, Ordered.OPENED, one.until_ms, times)
        else:
            log.info("breaker.closed", queue=one.queue.name)
            self._tell_others(one, Ordered.CLOSED, None, 0)
        self._after()

    def _note(self, one: Breaking, position: Position) -> None:
        self._positions[one.queue.name] = position
        gauge = BREAKER.labels(one.queue.consumer, one.queue.topic)
        gauge.set(position.value)

    def _tell_others(self, one: Breaking, what: Ordered, until_ms: int | None, times: int) -> None:
        order = Order(
            what=what,
            consumer=one.queue.consumer,
            topic=one.queue.topic,
            by=self._by,
            at=int(time() * 1000),
            until=until_ms,
            times=times,
        )
        giving = asyncio.create_task(self._give_or_say(order))
        self._giving.add(giving)
        giving.add_done_callback(self._giving.discard)

    async def _give_or_say(self, order: Order) -> None:
        try:
            await self._give(order)
        except NotPublished as error:
            # The others find out by themselves.
            log.warning("breaker.not_told", consumer=order.consumer, error=str(error))


def _nothing() -> None:
    """Do nothing."""
