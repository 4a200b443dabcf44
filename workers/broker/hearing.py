"""Hearing the fleet of an app: its pulse, folded, with what older beats tell of a backlog."""

from collections.abc import Iterable
from dataclasses import replace

from runtime.amqp import pulses
from runtime.amqp.channels import KeptChannel
from schemas.fleet import Fleet, fleet
from schemas.queue_now import QueueNow


async def hear(
    kept: KeptChannel, app: str, with_backlog: Iterable[str], now_ms: int
) -> Fleet | None:
    """Return the fleet; None where there is no pulse to read.

    Of queues with a backlog that nobody has moved lately, older beats tell when somebody did.
    """
    found = await pulses.read(await kept.get(), app, now_ms)
    if found is None:
        return None

    seen = fleet(found.beats, now_ms)
    unheard = [name for name in with_backlog if not _now(seen, name).waits_since_ms]
    if not unheard:
        return seen

    further = await pulses.read_further(await kept.get(), app, found.last)
    earlier = fleet(further, now_ms)
    queues = dict(seen.queues)
    for name in unheard:
        before = _now(earlier, name)
        queues[name] = replace(
            _now(seen, name),
            waits_since_ms=before.waits_since_ms,
            settled_ms=before.settled_ms,
            held_ms=before.held_ms,
        )
    return replace(seen, queues=queues)


def _now(seen: Fleet, name: str) -> QueueNow:
    return seen.queues.get(name, QueueNow())
