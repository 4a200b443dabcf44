"""Declaring an app's queues so that no webhook reaches only some of those that take its topic."""

from collections.abc import Callable, Collection, Iterable

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import bind_at_once, declare_unbound, take_away
from schemas.belonging import contested
from schemas.names import WorkQueue
from schemas.topology import guards, topology
from workers.broker.unrouted_depth import UnroutedDepth


async def declare_queues(
    kept: KeptChannel,
    app: str,
    queues: frozenset[WorkQueue],
    in_doubt: Iterable[WorkQueue],
    unrouted: UnroutedDepth,
    moving: Callable[[], Collection[WorkQueue]] = tuple,
) -> None:
    """Declare everything of an app with these queues.

    Whoever moves buckets binds those that are `moving`, of which we are told as late as can be.

    `in_doubt` are those whose binding may be missing: the topics that several take are guarded
    meanwhile. Between the first and the last binding of a topic a webhook would be routed to some
    of its queues, count as routed, and be lost to the others. Raises what `declare` raises.
    """
    await declare_unbound(kept, topology(app, queues))

    # As late as can be. The ingress may have declared the exchange anew: then nothing is bound. No
    # guard without need, for what it catches comes twice.
    if await unrouted.may_have_grown():
        in_doubt = queues
    whole = topology(app, queues, moving=moving())
    needed = guards(app, contested(in_doubt))
    await bind_at_once(kept, (*needed, *whole.bindings))

    # Not only those just bound: a process killed in between has left some.
    left_over = guards(app, queues)
    await take_away(kept, left_over)
