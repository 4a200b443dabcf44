"""Partitions as one row of `status`."""

import pytest

from schemas.fleet import Fleet, Heard
from schemas.names import WorkQueue
from schemas.pulse import Beat, ProcessKind
from workers.operate.row_states import RowState
from workers.operate.rows import QueueRow
from workers.operate.whole_rows import WORST, gathered

ERP = WorkQueue("app", "erp", "orders.create")
MAIL = WorkQueue("app", "mail", "orders.create")
PARTS = ERP.split(2)


def row(queue: WorkQueue, **told: object) -> QueueRow:
    """Return the row of a queue in which three wait, for up to two seconds."""
    said = {
        "ready": 3, "running": 1, "dead": 5, "dead_hour": 1, "lag_ms": 2_000,
        "done_a_minute": 10.0, "p95_ms": 40, "state": RowState.CONSUMING, "workers": 1,
    } | told  # fmt: skip
    return QueueRow(queue.consumer, "orders/create", **said)  # type: ignore[arg-type]


def fleet(*divides: tuple[str, ...]) -> Fleet:
    """Return workers that take part in these."""
    beats = [
        Beat(1, str(number), ProcessKind.WORKER, divides=one) for number, one in enumerate(divides)
    ]
    return Fleet(tuple(Heard(beat, beat) for beat in beats))


def test_a_consumer_without_partitions_has_its_row_as_it_is() -> None:
    assert [row(MAIL)] == list(gathered([(MAIL, row(MAIL))], Fleet()))


def test_partitions_are_added_up_and_their_dead_letters_counted_once() -> None:
    rows = [(PARTS[0], row(PARTS[0])), (PARTS[1], row(PARTS[1], lag_ms=9_000, p95_ms=90))]
    seen = fleet((ERP.name,), (ERP.name, MAIL.name), (MAIL.name,))
    (whole,) = gathered(rows, seen)
    assert (6, 2, 5, 2, 9_000, 20.0, 90, 2) == (
        whole.ready,
        whole.running,
        whole.dead,
        whole.dead_hour,
        whole.lag_ms,
        whole.done_a_minute,
        whole.p95_ms,
        whole.workers,
    )
    assert tuple(one for _, one in rows) == whole.partitions


@pytest.mark.parametrize("state", [RowState.NOBODY, RowState.STUCK, RowState.LOST, RowState.OPEN])
def test_the_whole_is_as_its_worst_partition(state: RowState) -> None:
    rows = [(PARTS[0], row(PARTS[0])), (PARTS[1], row(PARTS[1], state=state))]
    (whole,) = gathered(rows, Fleet())
    assert state == whole.state


def test_every_state_has_its_rank_among_partitions() -> None:
    assert set(RowState) == set(WORST)


def test_what_is_held_is_added_up() -> None:
    (whole,) = gathered(
        [(PARTS[0], row(PARTS[0], held=2)), (PARTS[1], row(PARTS[1], held=3))], Fleet()
    )
    assert 5 == whole.held


def test_what_is_not_known_of_one_is_not_known_of_the_whole() -> None:
    rows = [(PARTS[0], row(PARTS[0])), (PARTS[1], row(PARTS[1], ready=None, lag_ms=None))]
    (whole,) = gathered(rows, Fleet())
    assert (None, None) == (whole.ready, whole.lag_ms)
