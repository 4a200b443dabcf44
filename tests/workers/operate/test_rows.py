"""What `status` shows of a queue and of an ingress, from pulses and depths."""

from typing import Any

import pytest

from schemas.fleet import Fleet, Heard
from schemas.names import WorkQueue
from schemas.orders import Order, Ordered
from schemas.pulse import Beat, DoorBeat, ProcessKind, QueueState
from schemas.queue_now import QueueNow
from workers.operate.row_states import Depth, RowState
from workers.operate.rows import QueueRow, door_row, queue_row, topics_without_queue

NOW = 1_764_000_000_000
ERP = WorkQueue("app", "erp", "orders._any")
LATE = NOW - 40_000
PART = WorkQueue("app", "mail", "orders.create", 3)
HELD = "app.mail.orders.create.p3.held"
PAUSE = Order(Ordered.PAUSED, "erp", "", by="me@here", at=NOW)


def row(depth: Depth | None, now: QueueNow | None, **more: Any) -> QueueRow:
    """Return the row of a queue with this depth, and one dead letter."""
    return queue_row(ERP, now, {ERP.name: depth, ERP.dead: Depth(1, 0)}, NOW, **more)


def test_a_row_says_what_the_broker_and_the_workers_say() -> None:
    now = QueueNow(2, 3, 30.04, 1, 0, NOW - 1, 250, QueueState.CONSUMING, NOW - 4_000)
    assert row(Depth(5, 2), now) == QueueRow(
        consumer="erp",
        topic="orders/*",
        ready=5,
        running=3,
        dead=1,
        dead_hour=1,
        lag_ms=4_000,
        done_a_minute=30.0,
        p95_ms=250,
        state=RowState.CONSUMING,
        workers=2,
    )


def test_where_nobody_may_ask_the_lag_is_not_known() -> None:
    assert row(None, QueueNow(waits_since_ms=NOW)).lag_ms is None


def test_what_is_held_is_told_by_its_worker_and_counted_by_the_broker_where_nobody_has_it() -> None:
    has = QueueNow(1, held=3, held_ms=NOW - 9_000)
    told = queue_row(PART, has, {PART.name: Depth(0, 1), HELD: Depth(1, 1)}, NOW)
    assert (3, 9_000) == (told.held, told.lag_ms)
    late = QueueNow(1, held=3, held_ms=LATE, state=QueueState.CONSUMING)
    assert RowState.CONSUMING is queue_row(PART, late, {PART.name: Depth(0, 1)}, NOW).state

    told = queue_row(PART, None, {PART.name: Depth(2, 0), HELD: Depth(4, 0)}, NOW)
    assert (2, 4, None) == (told.ready, told.held, told.lag_ms)


STATES: list[tuple[Depth | None, QueueNow | None, RowState]] = [
    (Depth(0, 1), QueueNow(1, state=QueueState.CONSUMING), RowState.CONSUMING),
    (Depth(0, 1), None, RowState.CONSUMING),  # by workers without a pulse
    (Depth(9, 0), None, RowState.NOBODY),
    (Depth(9, 0), QueueNow(waits_since_ms=LATE), RowState.NOBODY),
    (Depth(9, 0), QueueNow(1, state=QueueState.LOST), RowState.LOST),
    (Depth(9, 0), QueueNow(1, state=QueueState.PAUSED), RowState.PAUSED),
    (Depth(9, 0), QueueNow(1, state=QueueState.OPEN), RowState.OPEN),
    (Depth(0, 1), QueueNow(1, state=QueueState.STUCK), RowState.STUCK),
    (Depth(9, 1), QueueNow(1, 0, waits_since_ms=LATE, state=QueueState.CONSUMING), RowState.STUCK),
    (
        Depth(9, 1),
        QueueNow(1, 4, waits_since_ms=LATE, state=QueueState.CONSUMING),
        RowState.CONSUMING,
    ),
    (
        Depth(0, 1),
        QueueNow(1, 0, waits_since_ms=LATE, state=QueueState.CONSUMING),
        RowState.CONSUMING,
    ),
    (None, QueueNow(1, state=QueueState.CONSUMING), RowState.CONSUMING),
    (None, None, RowState.UNKNOWN),
]


@pytest.mark.parametrize(("depth", "now", "state"), STATES)
def test_the_state_of_a_queue(depth: Depth | None, now: QueueNow | None, state: RowState) -> None:
    assert state is row(depth, now).state


def test_a_pause_is_shown_and_its_end_before_the_workers_tell_it() -> None:
    consuming = QueueNow(1, state=QueueState.CONSUMING)
    assert RowState.PAUSED is row(Depth(9, 0), consuming, pause=PAUSE).state
    assert RowState.CONSUMING is row(Depth(9, 1), consuming, pause=PAUSE).state
    assert RowState.CONSUMING is row(Depth(9, 1), QueueNow(1, state=QueueState.PAUSED)).state


def test_a_retired_queue_is_shown_as_one_whoever_consumes_it() -> None:
    assert RowState.RETIRED is row(Depth(1, 1), None, is_retired=True).state


def test_workers_without_a_pulse_are_counted_by_the_broker() -> None:
    assert 3 == row(Depth(0, 3), None).workers
    assert 1 == row(Depth(0, 3), QueueNow(1)).workers


def door(at: int, process: str = "one", **said: Any) -> Beat:
    """Return the beat of an ingress."""
    return Beat(
        at, process, ProcessKind.INGRESS, "host", "0.1", NOW - 60_000, door=DoorBeat(**said)
    )


def test_an_ingress_is_told_by_what_it_took_in_between_two_beats() -> None:
    first = door(NOW - 30_000, accepted=100, refused=5)
    last = door(NOW, accepted=160, refused=5, confirm_p99_ms=12, in_flight=3)
    told = door_row(Heard(first, last))
    assert (120, 0, 12, 3) == (
        told.accepted_a_minute,
        told.refused_a_minute,
        told.confirm_p99_ms,
        told.in_flight,
    )


def test_topics_that_are_accepted_and_taken_by_no_queue_are_named() -> None:
    beat = door(NOW, topics={"orders/create": 1, "carts/update": 2, "strange": 3, "a/b": 1})
    seen = Fleet(ingresses=(Heard(beat, beat),))
    assert ("a/b", "carts/update") == topics_without_queue(seen, [ERP])
