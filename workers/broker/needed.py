"""What a worker of these queues publishes to and reads from."""

from collections.abc import Sequence

from runtime.amqp.permitted import Permitted
from schemas.ladder import LADDER
from schemas.names import (
    WorkQueue,
    control_stream,
    dead_exchange,
    retry_exchange,
    return_exchange,
    unrouted_queue,
)
from schemas.partition_names import held_queue


def needed_by_worker(app: str, own: Sequence[WorkQueue]) -> Permitted:
    """Return all that must be permitted for workers of these queues."""
    rungs = tuple(retry_exchange(app, rung) for rung in LADDER)
    held = tuple(held_queue(queue) for queue in own if queue.ordered)
    work = (*(queue.name for queue in own), *held)
    return Permitted(
        publish=(return_exchange(app), dead_exchange(app), control_stream(app), *rungs),
        read=(unrouted_queue(app), control_stream(app), *work),
    )
