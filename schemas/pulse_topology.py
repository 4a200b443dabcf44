"""The pulse on the broker: a stream, and the exchange that leads to it.

It is no part of `topology`, which is what webhooks need: without a pulse everything else works.
Whoever shows, declares, verifies or exports all that there is asks `whole_topology`.
"""

from collections.abc import Collection, Iterable

from schemas.broker_objects import Binding, Exchange, ExchangeType, Queue, Topology
from schemas.copies import NO_COPIES, Copies, copies_topology
from schemas.names import WorkQueue
from schemas.topology import joined, topology

MAX_AGE = "1h"
MAX_BYTES = 100_000_000
SEGMENT_BYTES = 5_000_000
"""What the stream keeps: whole segments are cut off that are too old, or too many."""


def pulse_stream(app: str) -> str:
    """What every process says of itself every few seconds; its exchange has the same name."""
    return f"{app}.pulse"


def pulse(app: str) -> Topology:
    """Return the pulse's stream and its exchange."""
    name = pulse_stream(app)
    stream = Queue(
        name,
        {
            "x-queue-type": "stream",
            "x-max-age": MAX_AGE,
            "x-max-length-bytes": MAX_BYTES,
            "x-stream-max-segment-size-bytes": SEGMENT_BYTES,
        },
    )
    return Topology(
        (Exchange(name, ExchangeType.FANOUT),),
        (stream,),
        (Binding(name, name, ""),),
    )


def whole_topology(
    app: str,
    queues: Iterable[WorkQueue] = (),
    moving: Collection[WorkQueue] = (),
    copies: Copies = NO_COPIES,
) -> Topology:
    """Return everything of an app, the pulse too, and what `copies` need."""
    entry = copies_topology(app, copies)
    return joined([topology(app, queues, moving=moving), pulse(app), entry])
