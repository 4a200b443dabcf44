"""The overview: how every consumer, topic and ingress is doing, what is wrong first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workers.console.site import Asking, Site
from workers.operate.problems import problems
from workers.operate.rows import Table


@dataclass(frozen=True, slots=True)
class Totals:
    """The app in six numbers; what nobody knows is None."""

    accepted: float
    done: float
    ready: int | None
    lag_ms: int | None
    waiting: int
    dead_hour: int


async def overview(site: Site, _: Asking) -> Mapping[str, Any]:
    """Return what the page shows."""
    seen = site.watch.seen
    if seen is None:
        return {"problems": (), "totals": None, "most_waiting": 1}
    return {
        "problems": problems(seen.table),
        "totals": totals(seen.table),
        "most_waiting": max(seen.table.waiting.values(), default=1),
    }


def totals(table: Table) -> Totals:
    """Return the app in six numbers."""
    queues = table.queues
    ready = [row.ready for row in queues if row.ready is not None]
    lags = [row.lag_ms for row in queues if row.lag_ms is not None]
    accepted = [door.accepted_a_minute for door in table.doors]
    done = [row.done_a_minute for row in queues]
    died = [row.dead_hour for row in queues]
    return Totals(
        accepted=sum(accepted),
        done=sum(done),
        ready=sum(ready) if ready else None,
        lag_ms=max(lags, default=None),
        waiting=sum(table.waiting.values()),
        dead_hour=sum(died),
    )
