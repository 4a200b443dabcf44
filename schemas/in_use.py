"""Which work queues are in use, by the control log's state, and which partitions move. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from schemas.control import ControlState
from schemas.layouts import Layout
from schemas.names import WorkQueue, work_queues


def queues_in_use(state: ControlState) -> frozenset[WorkQueue]:
    """Return the queues that are wanted; each partition knows of how many it is one."""
    found = set[WorkQueue]()
    for queue in work_queues(state.wanted):
        fact = state.queues.get(queue.name)
        is_ordered = fact is not None and fact.ordered
        known = replace(queue, ordered=is_ordered)
        layout = layout_of(state, queue)
        if layout is not None and queue.partition < layout.partitions:
            known = replace(known, among=layout.partitions)
        found.add(known)
    return frozenset(found)


def layout_of(state: ControlState, queue: WorkQueue) -> Layout | None:
    """Return how many partitions the queue's consumer has of its topic; None where none."""
    key = (queue.consumer, queue.topic)
    return state.layouts.get(key)


def on_the_move(state: ControlState, queues: Iterable[WorkQueue]) -> frozenset[WorkQueue]:
    """Return those consumers and topics of the queues whose partitions change now."""
    moving = set[WorkQueue]()
    for queue in queues:
        layout = layout_of(state, queue)
        if layout is not None and layout.is_moving:
            moving.add(queue.whole)
    return frozenset(moving)


def partitioned_in(app: str, state: ControlState) -> list[WorkQueue]:
    """Return the consumers and topics that have partitions, and of each whether it is ordered."""
    in_use = queues_in_use(state)
    in_order = {queue.whole for queue in in_use if queue.ordered}
    found: list[WorkQueue] = []
    for consumer, topic in sorted(state.layouts):
        whole = WorkQueue(app, consumer, topic)
        is_ordered = whole in in_order
        known = replace(whole, ordered=is_ordered)
        found.append(known)
    return found
