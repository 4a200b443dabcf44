"""What one consumer has on the broker for one topic: a queue, or its partitions; its dead letters.

Where there are partitions, two exchanges stand before them. What the first has no binding for goes
to the second, and what neither has to unrouted: so a bucket moves from one partition to another in
one step, and is never bound twice, nor not at all.

    {app}.webhooks ──T.*──▶ {app}.{C}.{T}.buckets ──T.B──▶ {app}.{C}.{T}.p{n}
                                    └──no such bucket──▶ {app}.{C}.{T}.moved ──T.B──▶ another
"""

from collections.abc import Sequence
from dataclasses import replace

from schemas.broker_objects import (
    Argument,
    Binding,
    Destination,
    Exchange,
    ExchangeType,
    Queue,
    Topology,
)
from schemas.names import (
    WorkQueue,
    dead_exchange,
    return_exchange,
    unrouted_queue,
    webhooks_exchange,
)
from schemas.partition_names import buckets_exchange, held_queue, moved_exchange
from schemas.quorum import BROWSE_LIMIT, DELIVERY_LIMIT, moving_on, quorum


def work_topology(queues: Sequence[WorkQueue], *, are_moving: bool) -> Topology:
    """Return what there is for the queues of one consumer and topic, one or its partitions.

    While buckets `are_moving`, whoever moves them binds them, and nobody else.
    """
    first = queues[0]
    dead = quorum(first.dead, delivery_limit=BROWSE_LIMIT)
    bindings: list[Binding] = []
    for queue in queues:
        bindings += _own(queue)

    exchanges: tuple[Exchange, ...] = ()
    if first.is_partition:
        exchanges = _exchanges(first)
        # Letters come by it that are put back from a file: nobody knows their partitions by then.
        bindings.append(Binding(dead_exchange(first.app), first.dead, first.whole.name))
        bindings.append(_entry(first))
    else:
        bindings.append(Binding(webhooks_exchange(first.app), first.name, first.binding_key))

    if not are_moving:
        for queue in queues:
            bindings += bucket_bindings(queue)
            bindings += stand_in_bindings(queue)

    works = [_work(queue) for queue in queues]
    works += [_held(queue) for queue in queues if queue.ordered]
    return Topology(exchanges, (*works, dead), tuple(bindings))


def bucket_bindings(queue: WorkQueue) -> list[Binding]:
    """Return the bindings by which a partition gets its buckets."""
    if not queue.is_partition:
        return []

    exchange = buckets_exchange(queue)
    keys = queue.bucket_keys
    return [Binding(exchange, queue.name, key) for key in keys]


def stand_in_bindings(queue: WorkQueue) -> list[Binding]:
    """Return the bindings by which a partition gets retries of those that there are no more.

    They wait by the name of the partition in which they were tried last: a day later there may be
    fewer. Their shops are in its buckets.
    """
    if not queue.is_partition:
        return []

    exchange = return_exchange(queue.app)
    numbers = queue.buckets[1:]
    names = [replace(queue, partition=number).name for number in numbers]
    return [Binding(exchange, queue.name, name) for name in names]


def _work(queue: WorkQueue) -> Queue:
    arguments: dict[str, Argument] = {}
    if queue.is_partition:
        arguments["single_active_consumer"] = True

    # Never into the ladder: a dead-letter cycle without a rejection in it loses the message.
    return quorum(
        queue.name,
        delivery_limit=DELIVERY_LIMIT,
        dead_letter_routing_key=queue.name,
        **moving_on(dead_exchange(queue.app)),
        **arguments,
    )


def _held(queue: WorkQueue) -> Queue:
    """Return where an ordered partition's webhooks wait for another attempt, and what follows them
    of the same shops.

    Whoever has the partition reads it all, again and again: each time is a delivery.
    """
    name = held_queue(queue)
    return quorum(
        name,
        delivery_limit=BROWSE_LIMIT,
        single_active_consumer=True,
    )


def _own(queue: WorkQueue) -> list[Binding]:
    """Return what is bound by the queue's own name."""
    name = queue.name
    returned = return_exchange(queue.app)
    own: list[Binding] = []

    is_going = queue.is_partition and not queue.among
    if not is_going:
        back = Binding(returned, name, name)
        own.append(back)

    dead = Binding(dead_exchange(queue.app), queue.dead, name)
    own.append(dead)

    if queue.ordered:
        held = held_queue(queue)
        waiting = Binding(returned, held, held)
        own.append(waiting)
    return own


def _exchanges(queue: WorkQueue) -> tuple[Exchange, ...]:
    first = buckets_exchange(queue)
    second = moved_exchange(queue)
    return (
        Exchange(second, ExchangeType.TOPIC, {"alternate-exchange": unrouted_queue(queue.app)}),
        Exchange(first, ExchangeType.TOPIC, {"alternate-exchange": second}),
    )


def _entry(queue: WorkQueue) -> Binding:
    """Return what leads webhooks to the partitions, in every bucket."""
    exchange = webhooks_exchange(queue.app)
    return Binding(exchange, buckets_exchange(queue), queue.binding_key, Destination.EXCHANGE)
