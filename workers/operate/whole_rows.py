"""A consumer's partitions of a topic as one row of `status`, with a row for each within. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from schemas.fleet import Fleet
from schemas.names import WorkQueue
from workers.operate.row_states import RowState
from workers.operate.rows import QueueRow

WORST = (
    RowState.NOBODY,
    RowState.STUCK,
    RowState.LOST,
    RowState.OPEN,
    RowState.FULL,
    RowState.PAUSED,
    RowState.UNKNOWN,
    RowState.LIMITED,
    RowState.CONSUMING,
    RowState.RETIRED,
)
"""Of several partitions, the state that comes first here is the whole's."""

Row = tuple[WorkQueue, QueueRow]


def gathered(rows: Iterable[Row], fleet: Fleet) -> Iterator[QueueRow]:
    """Yield the rows in their order, those of partitions within that of the whole."""
    for whole, group in groupby(rows, _whole):
        together = [*group]
        first, row = together[0]
        if first.is_partition:
            yield _of(whole, [row for _, row in together], fleet)
        else:
            yield row


def _whole(row: Row) -> WorkQueue:
    queue, _ = row
    return queue.whole


def _of(whole: WorkQueue, rows: Sequence[QueueRow], fleet: Fleet) -> QueueRow:
    first = rows[0]
    return QueueRow(
        consumer=first.consumer,
        topic=first.topic,
        ready=sum_of(row.ready for row in rows),
        running=sum(row.running for row in rows),
        dead=first.dead,  # they share it
        dead_hour=sum(row.dead_hour for row in rows),
        lag_ms=largest_of(row.lag_ms for row in rows),
        done_a_minute=round(sum(row.done_a_minute for row in rows), 1),
        p95_ms=max(row.p95_ms for row in rows),
        state=min((row.state for row in rows), key=WORST.index),
        workers=sum(whole.name in one.last.divides for one in fleet.workers),
        pause=first.pause,
        opened=first.opened,
        partitions=tuple(rows),
        held=sum(row.held for row in rows),
        halted=sum(row.halted for row in rows),
    )


def sum_of(counts: Iterable[int | None]) -> int | None:
    """Return the sum; None where one is not known."""
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return total


def largest_of(lags: Iterable[int | None]) -> int | None:
    """Return the largest; None where one is not known."""
    largest = 0
    for lag in lags:
        if lag is None:
            return None
        largest = max(largest, lag)
    return largest
