"""Bindings: which are missing, and which stand where none but ours may. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from schemas.broker_objects import Binding, Destination, Topology
from schemas.names import (
    CANARY_KEY,
    WorkQueue,
    canary_queue,
    dead_exchange,
    return_exchange,
    unrouted_queue,
    webhooks_exchange,
)
from schemas.partition_names import BUCKETS, MOVED, buckets_exchange, moved_exchange

UNROUTED_COUNTS_AS_ROUTED = "what no consumer takes counts as routed, and is lost"
COMES_TWICE = "what goes through there comes twice, or goes astray"

DECLARE = "`hookline-workers topology declare` makes it, or an import of the export"


@dataclass(frozen=True, slots=True)
class Bound:
    """A binding that the broker shows."""

    binding: Binding
    key_in_paths: str
    """What names it among the bindings of the same two ends, as it stands in paths of the API."""

    def path(self, vhost: str) -> str:
        """Return the path that DELETE takes it away by."""
        ends = (vhost, "e", self.binding.exchange, self.binding.kind.value[:1], self.binding.queue)
        quoted = [quote(end, safe="") for end in ends]
        return "/".join(["/api/bindings", *quoted, self.key_in_paths])


def missing(whole: Topology, found: Iterable[Bound], queues: Collection[str]) -> list[str]:
    """Say which of our bindings are not there, of the queues that are."""
    there = {bound.binding for bound in found}
    standing = set(queues)
    for name in queues:
        work = WorkQueue.parse(name)
        if work is not None and work.is_partition:
            standing.add(buckets_exchange(work))
    return [
        f"{_told(one)} is missing; {DECLARE}"
        for one in whole.bindings
        if one.queue in standing and one not in there
    ]


def foreign(app: str, vhost: str, found: Iterable[Bound]) -> list[str]:
    """Say which bindings of our exchanges Hookline would never make, and what comes of each."""
    lines = []
    for bound in found:
        consequence = _consequence(app, bound)
        if consequence:
            path = bound.path(vhost)
            lines.append(
                f"{_told(bound.binding)} is not ours: {consequence}; unbind it: DELETE {path}"
            )
    return lines


def _consequence(app: str, bound: Bound) -> str:
    """Return what a binding does that is not ours; the empty string where it may be."""
    exchange = bound.binding.exchange
    if exchange == webhooks_exchange(app) and not _takes_webhooks(app, bound):
        return UNROUTED_COUNTS_AS_ROUTED
    if exchange == return_exchange(app) and not _takes_returns(bound):
        return COMES_TWICE
    if exchange == dead_exchange(app) and not _takes_dead_letters(bound):
        return COMES_TWICE

    divides = exchange.endswith((BUCKETS, MOVED))
    if divides and not _takes_buckets(app, bound):
        return COMES_TWICE

    is_rung = exchange.startswith(f"{app}.retry.")
    if is_rung and bound.binding.queue != exchange:
        return COMES_TWICE
    return ""


def _takes_webhooks(app: str, bound: Bound) -> bool:
    """Tell whether it is the canary's, a work queue's, or one that guards a topic meanwhile."""
    queue = bound.binding.queue
    key = bound.binding.routing_key
    if bound.binding.kind is Destination.EXCHANGE:
        return _leads_to_partitions(bound.binding)
    if queue == canary_queue(app):
        return key == CANARY_KEY
    if queue == unrouted_queue(app):
        return True

    work = WorkQueue.parse(queue)
    if work is None or work.is_partition:
        return False
    return work.app == app and key == work.binding_key


def _leads_to_partitions(binding: Binding) -> bool:
    """Tell whether it leads to what divides webhooks among partitions."""
    name = binding.queue.removesuffix(BUCKETS)
    work = WorkQueue.parse(name)
    if work is None:
        return False
    whole = buckets_exchange(work)
    return binding.queue == whole and binding.routing_key == work.binding_key


def _takes_buckets(app: str, bound: Bound) -> bool:
    """Tell whether it is a partition's, of those that the exchange divides webhooks among."""
    work = WorkQueue.parse(bound.binding.queue)
    if work is None or work.app != app:
        return False

    exchanges = (buckets_exchange(work), moved_exchange(work))
    return work.is_partition and bound.binding.exchange in exchanges


def _takes_returns(bound: Bound) -> bool:
    """Tell whether it is a work queue's, by its own name or that of one which it stands in for."""
    if bound.binding.kind is Destination.EXCHANGE:
        return False

    queue = WorkQueue.parse(bound.binding.queue)
    asked_for = WorkQueue.parse(bound.binding.routing_key)
    return queue is not None and asked_for is not None


def _takes_dead_letters(bound: Bound) -> bool:
    work = WorkQueue.parse(bound.binding.routing_key)
    is_queue = bound.binding.kind is Destination.QUEUE
    return is_queue and work is not None and bound.binding.queue == work.dead


def _told(binding: Binding) -> str:
    ends = f"binding {binding.exchange} → {binding.queue}"
    if not binding.routing_key:
        return ends
    return f"{ends} by {binding.routing_key}"
