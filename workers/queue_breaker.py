"""One queue's breaker at work: it counts what attempts come to, and hears of other workers'.

Of all workers the one that opened it probes, so that one delivery is spent on it and not fifty. The
others wait longer: should they hear nothing by then, that worker is gone, and they try themselves,
each at a time of its own.
"""

import random
from collections.abc import Callable
from typing import Any

import structlog

from schemas.names import WorkQueue
from schemas.orders import Order, Ordered
from workers import clock
from workers.circuit import Circuit, Position
from workers.consumer import Consumer
from workers.outcome import Outcome, has_failed
from workers.telemetry import BREAKER, labels_of

log = structlog.get_logger()

LONGEST_PROBE = 60.0
"""Seconds that others wait for another worker's probe at most, however long a handler may take."""
OVERHEAD = 5.0
"""Seconds for all of a probe but its handler."""

EVENTS = {Position.CLOSED: "breaker.closed", Position.PROBING: "breaker.probing"}


class QueueBreaker:
    """The breaker of one queue in this worker, which writes orders as `by`.

    `found_out` is called when attempts here have opened or closed it.
    """

    def __init__(
        self,
        queue: WorkQueue,
        circuit: Circuit,
        patience: float,
        by: str,
        found_out: Callable[["QueueBreaker", Order], None],
    ) -> None:
        self.queue = queue
        self.own: Order | None = None
        """What was found out here, unless another worker's word has come since."""
        self._circuit = circuit
        self._patience = patience
        self._by = by
        self._found_out = found_out
        self._heard: Order | None = None
        self._told = Position.CLOSED
        BREAKER.labels(*labels_of(queue)).set(self._told)

    @property
    def position(self) -> Position:
        """Where it stands now."""
        return self._circuit.position(clock.monotonic())

    @property
    def seconds_left(self) -> float:
        """Seconds until it is to be tried; none or less where nothing is waited for."""
        return self._circuit.until - clock.monotonic()

    def count(self, outcome: Outcome, began: float) -> bool:
        """Count what an attempt came to, which began then by the monotonic clock.

        Return whether it failed while, or so that, the breaker is not closed.
        """
        failed = has_failed(outcome)
        if failed is None:
            return False

        now = clock.monotonic()
        moved = self._circuit.ended(failed=failed, began=began, now=now)
        if moved is not None:
            self.own = self._order(moved, now)
            self.tell()
            self._found_out(self, self.own)
        return failed and self.position is not Position.CLOSED

    def hear(self, order: Order) -> None:
        """Take over what the control log says last, be it what was found out here or elsewhere."""
        if order == self._heard:
            return
        self._heard = order

        is_own = order.by == self._by
        if is_own and self.own is not None and order.at < self.own.at:
            return  # more was found out since it was written
        if not is_own:
            self.own = None

        now = clock.monotonic()
        if order.what is Ordered.CLOSED:
            self._circuit.hear_closed(now)
        elif order.until is not None:
            seconds = order.until / 1000 - clock.now()
            patience = 0.0 if is_own else self._patience
            self._circuit.hear_opened(seconds, order.times, now, patience=patience)

    def tell(self) -> None:
        """Log where it stands, and set the metric, where that is otherwise than it was told."""
        position = self.position
        if position is self._told:
            return

        self._told = position
        BREAKER.labels(*labels_of(self.queue)).set(position)
        order = self.own or self._heard
        by = "" if order is None else order.by
        if position is Position.OPEN:
            log.warning(
                "breaker.opened",
                queue=self.queue.name,
                by=by,
                times=self._circuit.times,
                seconds=round(self.seconds_left, 1),
            )
        else:
            log.info(EVENTS[position], queue=self.queue.name, by=by)

    def _order(self, moved: Position, now: float) -> Order:
        """Return what the others are told: where it stands, until when, how often in a row."""
        now_ms = clock.now_ms()
        what = Ordered.CLOSED
        until_ms = None
        if moved is Position.OPEN:
            what = Ordered.OPENED
            seconds = self._circuit.until - now
            until_ms = now_ms + int(seconds * 1000)

        return Order(
            what=what,
            consumer=self.queue.consumer,
            topic=self.queue.topic,
            by=self._by,
            at=now_ms,
            until=until_ms,
            times=self._circuit.times,
        )


def patience_with(consumer: Consumer[Any]) -> float:
    """Return the seconds that one waits for another worker's probe, each its own."""
    probe = min(consumer.timeout, LONGEST_PROBE) + OVERHEAD
    return random.uniform(1, 2) * probe  # noqa: S311 - spreads, protects nothing
