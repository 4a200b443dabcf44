"""The overview: how every consumer, topic and ingress is doing, what is wrong first."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import time
from typing import Any

from schemas.pulse_counts import ACCEPTED
from workers.console.last_hour import LastHour, Line
from workers.console.site import Asking, Site
from workers.operate.problems import problems
from workers.operate.row_states import RowState
from workers.operate.rows import QueueRow, Table
from workers.operate.targets import topic_name
from workers.operate.whole_rows import largest_of, sum_of


@dataclass(frozen=True, slots=True)
class Totals:
    """The app in six numbers; what nobody knows, also of one queue alone, is None."""

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
        return {"problems": (), "totals": None, "most_waiting": 1, "lines": {}, "door": None}
    return site.overview.of(site.hour, seen.table)


class KnownOverview:
    """What the page shows of the latest status, found out once for all who look."""

    def __init__(self) -> None:
        self._of: Table | None = None
        self._described: Mapping[str, Any] = {}

    def of(self, hour: LastHour, table: Table) -> Mapping[str, Any]:
        """Return it."""
        if table is not self._of:
            self._of = table
            self._described = _described(hour, table)
        return self._described


def _described(hour: LastHour, table: Table) -> Mapping[str, Any]:
    now_ms = int(time() * 1000)
    return {
        "lines": _lines(hour, table, now_ms),
        "door": hour.line([ACCEPTED], now_ms),
        "problems": problems(table),
        "totals": totals(table),
        "most_waiting": max(table.waiting.values(), default=1),
    }


def _lines(hour: LastHour, table: Table, now_ms: int) -> Mapping[str, Line]:
    """Return the last hour of each row, by consumer and topic."""
    lines: dict[str, Line] = {}
    for row in table.queues:
        topic = topic_name(row.topic)
        whole = f"{table.app}.{row.consumer}.{topic}"
        names = [f"{whole}.{part.partition}" for part in row.partitions]
        lines[f"{row.consumer}/{row.topic}"] = hour.line(names or [whole], now_ms)
    return lines


def totals(table: Table) -> Totals:
    """Return the app in six numbers."""
    queues = table.queues
    lying = [row for row in queues if not _is_gone(row)]
    accepted = [door.accepted_a_minute for door in table.doors]
    done = [row.done_a_minute for row in queues]
    died = [row.dead_hour for row in queues]
    return Totals(
        accepted=sum(accepted),
        done=sum(done),
        ready=sum_of(row.ready for row in lying),
        lag_ms=largest_of(row.lag_ms for row in lying),
        waiting=sum(table.waiting.values()),
        dead_hour=sum(died),
    )


def _is_gone(row: QueueRow) -> bool:
    """Tell whether of a retired queue the dead letters alone are left."""
    return row.state is RowState.RETIRED and row.ready is None
