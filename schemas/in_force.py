"""Which orders hold at a time: what the control log's state means for a queue, then. Pure.

Of the orders on a queue and on its whole consumer, the later one holds. One that has ended says
nothing any more: what was ordered before it, and goes on, holds again.
"""

from collections.abc import Iterable, Iterator

from schemas.control import ControlState
from schemas.in_use import queues_in_use
from schemas.names import WorkQueue
from schemas.orders import Order, Subject

ALL = ""
"""The topic of an order on all of a consumer's queues."""


def in_force(state: ControlState, subject: Subject, queue: WorkQueue, now_ms: int) -> Order | None:
    """Return the order of a subject that holds for a queue then; None where there is none."""
    holding = [order for order in _on(state, subject, queue) if order.holds(now_ms)]
    if not holding:
        return None

    latest = max(holding, key=lambda order: order.offset)
    if latest.lifts:
        return None
    return latest


def latest(state: ControlState, subject: Subject, queue: WorkQueue) -> Order | None:
    """Return the last order of a subject on a queue, whether it has ended or not."""
    return max(_on(state, subject, queue), key=lambda order: order.offset, default=None)


def has_opened(state: ControlState, queues: Iterable[WorkQueue]) -> bool:
    """Tell whether the breaker of one of these has opened, and not closed since."""
    last = [latest(state, Subject.BREAKER, queue) for queue in queues]
    known = [order for order in last if order is not None]
    return any(not order.lifts for order in known)


def next_end(state: ControlState, queue: WorkQueue, now_ms: int) -> int | None:
    """Return when the next of the orders on a queue ends by itself; None where none does."""
    first = None
    for subject in Subject:
        for order in _on(state, subject, queue):
            end = order.until
            if end is None or end <= now_ms:
                continue
            if first is None or end < first:
                first = end
    return first


def queues_in_force(
    state: ControlState, subject: Subject, now_ms: int
) -> list[tuple[WorkQueue, Order]]:
    """Return every queue that is wanted, and for which an order of the subject holds."""
    found = []
    for queue in sorted(queues_in_use(state)):
        order = in_force(state, subject, queue, now_ms)
        if order is not None:
            found.append((queue, order))
    return found


def is_held(state: ControlState, queue: WorkQueue, now_ms: int) -> bool:
    """Tell whether workers take nothing of a queue because they were told to, or its breaker is
    open.
    """
    pause = in_force(state, Subject.PAUSE, queue, now_ms)
    opened = in_force(state, Subject.BREAKER, queue, now_ms)
    return pause is not None or opened is not None


def _on(state: ControlState, subject: Subject, queue: WorkQueue) -> Iterator[Order]:
    for topic in (ALL, queue.topic):
        order = state.orders.get((subject, queue.consumer, topic))
        if order is not None:
            yield order
