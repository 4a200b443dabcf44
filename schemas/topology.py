"""Everything Hookline has on the broker: every exchange, queue, argument and binding. Version 2.

    {app}.webhooks ──T.B──▶ {app}.{C}.{T} ──retry──▶ {app}.retry.{n}s ──n s──▶ {app}.return ─┐
          │                   ▲       └──dead──▶ {app}.dead ──▶ {app}.dead.{C}.{T}      │    │
          │ no queue for T    └─────────────────────────────────────────────────────────│────┘
          └──▶ {app}.unrouted ◀───────────────────────── queue gone ────────────────────┘
    {app}.control: a stream, what was declared and ordered

A consumer with partitions has several of them: see `work_topology`.

Whoever declares, checks or exports the topology asks `topology` here. Why each argument stands:
comments below.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from schemas.broker_objects import Argument, Binding, Exchange, ExchangeType, Queue, Topology
from schemas.ladder import LADDER
from schemas.names import (
    CANARY_KEY,
    WorkQueue,
    canary_queue,
    control_stream,
    dead_exchange,
    retry_exchange,
    return_exchange,
    unrouted_queue,
    webhooks_exchange,
)
from schemas.quorum import BROWSE_LIMIT, moving_on, quorum
from schemas.work_topology import work_topology

VERSION = 2
"""Of all that is here.

Arguments of a queue cannot be changed later, so two versions never share an app's names.
"""

CONTROL_BYTES = 20_000_000
CONTROL_SEGMENT_BYTES = 1_000_000
"""What the control stream keeps, at least: whole segments are cut off at its old end."""


def topology(
    app: str,
    queues: Iterable[WorkQueue] = (),
    ladder: Iterable[int] = LADDER,
    *,
    moving: Collection[WorkQueue] = (),
) -> Topology:
    """Return everything of an app: what the ingress needs, and the workers of these queues.

    The order is one in which each thing can be declared; the same input gives the same output. Of
    consumers and topics that are `moving`, whoever moves their buckets binds them, and nobody else.
    """
    work = sorted(queues)
    if not work:
        return _ingress(app)

    each = [
        work_topology([*group], are_moving=whole in moving)
        for whole, group in groupby(work, attrgetter("whole"))
    ]
    whole = joined([_ingress(app), control_topology(app), rungs(app, ladder), *each])
    return _webhooks_last(app, whole)


def guards(app: str, queues: Iterable[WorkQueue]) -> tuple[Binding, ...]:
    """Bind unrouted by the topics of these queues, while the queues themselves are being bound."""
    keys = sorted({queue.binding_key for queue in queues})
    return tuple(Binding(webhooks_exchange(app), unrouted_queue(app), key) for key in keys)


def joined(parts: Iterable[Topology]) -> Topology:
    """Return several as one."""
    whole = tuple(parts)
    return Topology(
        tuple(exchange for part in whole for exchange in part.exchanges),
        tuple(queue for part in whole for queue in part.queues),
        tuple(binding for part in whole for binding in part.bindings),
    )


def _webhooks_last(app: str, whole: Topology) -> Topology:
    """Bind webhooks after all else, and all queues of a topic one right after the other.

    So what comes can be retried and given up on from the first one on, and few come in between.
    """
    webhooks = webhooks_exchange(app)
    others = [binding for binding in whole.bindings if binding.exchange != webhooks]
    last = [binding for binding in whole.bindings if binding.exchange == webhooks]
    last.sort(key=lambda binding: (binding.routing_key, binding.queue))
    return replace(whole, bindings=(*others, *last))


def _ingress(app: str) -> Topology:
    webhooks = webhooks_exchange(app)
    unrouted = unrouted_queue(app)
    canary = canary_queue(app)
    return Topology(
        (
            Exchange(unrouted, ExchangeType.FANOUT),
            Exchange(webhooks, ExchangeType.TOPIC, {"alternate-exchange": unrouted}),
        ),
        (
            quorum(unrouted, delivery_limit=BROWSE_LIMIT),
            quorum(canary, max_length=1, message_ttl=60_000),
        ),
        (Binding(unrouted, unrouted, ""), Binding(webhooks, canary, CANARY_KEY)),
    )


def rungs(app: str, ladder: Iterable[int] = LADDER) -> Topology:
    """The retry ladder, and the exchanges to which retries come back and dead letters go."""
    back = return_exchange(app)
    # A retry whose queue is gone must not block the rung's other retries: it goes to unrouted.
    exchanges = [
        Exchange(back, ExchangeType.DIRECT, {"alternate-exchange": unrouted_queue(app)}),
        Exchange(dead_exchange(app), ExchangeType.DIRECT),
    ]
    queues = []
    bindings = []
    for rung in ladder:
        name = retry_exchange(app, rung)
        exchanges.append(Exchange(name, ExchangeType.FANOUT))
        queues.append(_rung(name, rung, back))
        bindings.append(Binding(name, name, ""))
    return Topology(tuple(exchanges), tuple(queues), tuple(bindings))


def _rung(name: str, seconds: int, back: str) -> Queue:
    # No dead-letter routing key: a retry keeps its work queue's name as key, and so comes back.
    ttl = seconds * 1000
    return quorum(name, message_ttl=ttl, delivery_limit=BROWSE_LIMIT, **moving_on(back))


def control_topology(app: str) -> Topology:
    """Return the control log's stream and its exchange."""
    name = control_stream(app)
    arguments: dict[str, Argument] = {
        "x-queue-type": "stream",
        "x-max-length-bytes": CONTROL_BYTES,
        "x-stream-max-segment-size-bytes": CONTROL_SEGMENT_BYTES,
    }
    return Topology(
        (Exchange(name, ExchangeType.FANOUT),),
        (Queue(name, arguments),),
        (Binding(name, name, ""),),
    )
