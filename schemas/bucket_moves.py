"""Moving buckets between partitions: which bindings stand before, meanwhile and after. Pure.

A bucket is bound to its new partition where the old exchange leads to with what it does not know
(`moved`), and unbound from the old partition in `buckets`: from that very moment on its webhooks go
to the new one, and to no other. Once all is drained it is bound in `buckets` again, and is the same
there; then unbound in `moved`.
"""

from dataclasses import dataclass, field, replace

from schemas.broker_objects import Binding
from schemas.bucket import BUCKETS
from schemas.layouts import Layout
from schemas.names import WorkQueue, return_exchange
from schemas.partition_names import buckets_exchange, moved_exchange


@dataclass(frozen=True, slots=True)
class BucketMove:
    """What is bound and unbound, in this order."""

    fences: list[Binding] = field(default_factory=list)
    """What leads a fence to each partition that is to be drained."""
    arriving: list[Binding] = field(default_factory=list)
    """Buckets at their new partitions, where `moved` leads to."""
    departing: list[Binding] = field(default_factory=list)
    """The same buckets at their old ones, to be taken away."""
    retries_before: list[Binding] = field(default_factory=list)
    """By which names partitions got retries that others are to get, to be taken away."""
    retries_after: list[Binding] = field(default_factory=list)
    settling: list[Binding] = field(default_factory=list)
    """The same buckets at their new partitions, where `buckets` leads to."""


def bucket_move(whole: WorkQueue, layout: Layout) -> BucketMove:
    """Return the move that a layout which is moving stands for."""
    move = BucketMove()
    numbers = sorted(layout.losing)
    for number in numbers:
        fence = fence_binding(whole, number)
        move.fences.append(fence)

    for number in range(BUCKETS):
        before = number % layout.before
        after = number % layout.partitions
        old = replace(whole, partition=before)
        new = replace(whole, partition=after)
        if old != new:
            _add_bucket(move, number, old, new)
            _add_retries(move, number, old, new)
    return move


def fence_binding(whole: WorkQueue, number: int) -> Binding:
    """Return what leads a fence to a partition."""
    partition = replace(whole, partition=number)
    exchange = moved_exchange(whole)
    return Binding(exchange, partition.name, f"fence.{number}")


def _add_bucket(move: BucketMove, number: int, old: WorkQueue, new: WorkQueue) -> None:
    topic = old.pattern.routing_key
    key = f"{topic}.{number}"
    first = buckets_exchange(old)
    second = moved_exchange(old)

    arriving = Binding(second, new.name, key)
    departing = Binding(first, old.name, key)
    settling = Binding(first, new.name, key)

    move.arriving.append(arriving)
    move.departing.append(departing)
    move.settling.append(settling)


def _add_retries(move: BucketMove, number: int, old: WorkQueue, new: WorkQueue) -> None:
    """Lead what comes back by the name of a partition of this number, if there ever was one."""
    exchange = return_exchange(old.app)
    name = replace(old, partition=number).name

    before = Binding(exchange, old.name, name)
    after = Binding(exchange, new.name, name)

    move.retries_before.append(before)
    move.retries_after.append(after)
