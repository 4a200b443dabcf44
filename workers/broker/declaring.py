"""Declaring an app's queues so that no webhook reaches only some of those that take its topic."""

from collections.abc import Iterable

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import declare, take_away
from schemas.names import WorkQueue, contested
from schemas.topology import guards, topology


async def declare_queues(
    kept: KeptChannel, app: str, queues: Iterable[WorkQueue], in_doubt: Iterable[WorkQueue]
) -> None:
    """Declare everything of an app with these queues.

    `in_doubt` are those whose binding may be missing: their topics are guarded meanwhile. A guard
    costs duplicates where nothing was missing. Raises what `declare` raises.
    """
    known = frozenset(queues)
    whole = topology(app, known)
    # A topic with one queue needs no guard: the moment it is bound, all of the topic is routed.
    needed = guards(app, contested(in_doubt))
    await declare(kept, whole, needed)

    # Not only those just made: a process killed in between has left some.
    left_over = guards(app, known)
    await take_away(kept, left_over)
