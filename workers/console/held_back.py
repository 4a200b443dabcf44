"""What ordered consumers hold back, as the page of what waits shows it: looked at, and not moved.

The pulse tells it, so that no look is needed. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.in_use import queues_in_use
from schemas.names import WorkQueue
from schemas.queue_now import QueueNow
from workers.dead_letters import Filter
from workers.letter import Letter
from workers.operate.held import shown
from workers.operate.rows import QueueRow, Table
from workers.operate.status import Seen

MOST = 50
"""Lines on a page."""
Partition = tuple[str, str, int | None]
"""A consumer, a topic, and which of their partitions."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """The first of each shop's held webhooks that are meant; `left_out` lines more are not shown.

    `untold` are sentences on what else is held.
    """

    letters: Sequence[Letter] = ()
    left_out: int = 0
    untold: Sequence[str] = ()


def held_back(seen: Seen | None, wanted: Filter) -> HeldBack:
    """Return what is held and meant, by the latest status."""
    if seen is None:
        return HeldBack()

    lying = _lying(seen, wanted)
    found = shown(seen.fleet, lying, wanted)
    left_out = len(found.letters) - MOST
    return HeldBack(
        letters=found.letters[:MOST],
        left_out=max(0, left_out),
        untold=[sentence.replace("--", "") for sentence in found.untold[:MOST]],
    )


def _lying(seen: Seen, wanted: Filter) -> Mapping[WorkQueue, int]:
    """Return the partitions that are meant, and how much is held of each that no worker has."""
    rows = _partitions(seen.table)
    lying: dict[WorkQueue, int] = {}
    for queue in sorted(queues_in_use(seen.state)):
        if not queue.ordered or not wanted.takes_queue(queue):
            continue

        now = seen.fleet.queues.get(queue.name, QueueNow())
        topic = queue.pattern.slashed
        row = rows.get((queue.consumer, topic, queue.partition))
        lying[queue] = 0
        if row is not None and not now.held:
            lying[queue] = row.held
    return lying


def _partitions(table: Table) -> Mapping[Partition, QueueRow]:
    rows: dict[Partition, QueueRow] = {}
    for whole in table.queues:
        for row in whole.partitions:
            number = int(row.partition.removeprefix("p"))
            rows[row.consumer, row.topic, number] = row
    return rows
