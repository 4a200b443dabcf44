"""One queue's breaker at work: it counts outcomes, hears of other workers', says what may run."""

from collections.abc import Callable
from time import time

from schemas.control import State
from schemas.names import WorkQueue
from schemas.orders import Order, Ordered, Subject
from workers.breaker import Breaker
from workers.circuit import Circuit, Position
from workers.outcome import Again, Dead, Done, Outcome

PROBES = 1
"""Deliveries at once while it probes."""


class Breaking:
    """The breaker of one queue; without one, everything may run.

    `changed` is called when an attempt here has opened or closed it.
    """

    def __init__(self, queue: WorkQueue, breaker: Breaker | None) -> None:
        self.queue = queue
        self.changed: Callable[[Position], None] = _nobody
        self._circuit: Circuit | None = None
        if breaker is not None:
            self._circuit = Circuit(breaker)
        self._heard: Order | None = None

    @property
    def times(self) -> int:
        """How often in a row it has opened."""
        if self._circuit is None:
            return 0
        return self._circuit.times

    @property
    def until_ms(self) -> int | None:
        """Until when it is open, or was."""
        if self._circuit is None:
            return None
        return self._circuit.until_ms

    def position(self, now_ms: int) -> Position:
        """Return where it stands then."""
        if self._circuit is None:
            return Position.CLOSED
        return self._circuit.position(now_ms)

    def count(self, outcome: Outcome) -> None:
        """Count what an attempt came to: only what the handler did not wish for itself counts."""
        if self._circuit is None:
            return

        match outcome:
            case Done():
                failed = False
            case Again(failed=True) | Dead(failed=True):
                failed = True
            case _:
                return

        now_ms = int(time() * 1000)
        position = self._circuit.ended(failed=failed, now_ms=now_ms)
        if position is not None:
            self.changed(position)

    def hear(self, state: State, now_ms: int) -> None:
        """Take over what the control log says of other workers' breakers for this queue."""
        key = (Subject.BREAKER, self.queue.consumer, self.queue.topic)
        order = state.orders.get(key)
        if self._circuit is None or order is None or order == self._heard:
            return

        self._heard = order
        if order.what is Ordered.CLOSED:
            self._circuit.hear_closed(order.at)
        elif order.until is not None:
            self._circuit.hear_opened(order.until, order.times, now_ms)

    def within(self, handlers: int, now_ms: int) -> int:
        """Return how many of so many handlers it lets run."""
        match self.position(now_ms):
            case Position.OPEN:
                return 0
            case Position.PROBING:
                return min(handlers, PROBES)
            case _:
                return handlers


def _nobody(_: Position) -> None:
    """Tell nobody."""
