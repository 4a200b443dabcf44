"""Bindings: which are missing, and which stand where none but ours may. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from schemas.broker_objects import Binding, Topology
from schemas.names import (
    CANARY_KEY,
    WorkQueue,
    canary_queue,
    dead_exchange,
    return_exchange,
    unrouted_queue,
    webhooks_exchange,
)

UNROUTED_COUNTS_AS_ROUTED = "what no consumer takes counts as routed, and is lost"
COMES_TWICE = "what goes through there comes twice, or goes astray"

DECLARE = "`hookline-workers topology declare` makes it, or an import of the export"


@dataclass(frozen=True, slots=True)
class Bound:
    """A binding that the broker shows; `kind` is what it leads to, a queue or an exchange."""

    binding: Binding
    kind: str
    key_in_paths: str
    """What names it among the bindings of the same two ends, as it stands in paths of the API."""

    def path(self, vhost: str) -> str:
        """Return the path that DELETE takes it away by."""
        ends = (vhost, "e", self.binding.exchange, self.kind[:1], self.binding.queue)
        quoted = [quote(end, safe="") for end in ends]
        return "/".join(["/api/bindings", *quoted, self.key_in_paths])


def missing(whole: Topology, found: Iterable[Bound], queues: Iterable[str]) -> list[str]:
    """Say which of our bindings are not there, of the queues that are."""
    there = {bound.binding for bound in found if bound.kind == "queue"}
    standing = set(queues)
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
    if exchange == webhooks_exchange(app):
        return "" if _takes_webhooks(app, bound) else UNROUTED_COUNTS_AS_ROUTED
    if exchange == return_exchange(app):
        return "" if _takes_returns(bound) else COMES_TWICE
    if exchange == dead_exchange(app):
        return "" if _takes_dead_letters(bound) else COMES_TWICE

    is_rung = exchange.startswith(f"{app}.retry.")
    if is_rung and bound.binding.queue != exchange:
        return COMES_TWICE
    return ""


def _takes_webhooks(app: str, bound: Bound) -> bool:
    """Tell whether it is the canary's, a work queue's, or one that guards a topic meanwhile."""
    queue = bound.binding.queue
    key = bound.binding.routing_key
    if bound.kind != "queue":
        return False
    if queue == canary_queue(app):
        return key == CANARY_KEY
    if queue == unrouted_queue(app):
        return True

    work = WorkQueue.parse(queue)
    return work is not None and work.app == app and key == work.binding_key


def _takes_returns(bound: Bound) -> bool:
    """Tell whether it is a work queue's, by its own name or that of one which it stands in for."""
    ends = (bound.binding.queue, bound.binding.routing_key)
    return bound.kind == "queue" and all(WorkQueue.parse(name) is not None for name in ends)


def _takes_dead_letters(bound: Bound) -> bool:
    work = WorkQueue.parse(bound.binding.routing_key)
    return bound.kind == "queue" and work is not None and bound.binding.queue == work.dead


def _told(binding: Binding) -> str:
    by = f" by {binding.routing_key}" if binding.routing_key else ""
    return f"binding {binding.exchange} → {binding.queue}{by}"
