"""What is wrong: each finding by itself, and the order in which they are told."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.orders import Order, Ordered
from tests.schemas.orders import NOW, order
from workers.operate.problems import problems
from workers.operate.row_states import RowState
from workers.operate.rows import DoorRow, QueueRow, Table, Unrouted
from workers.operate.telling import duration

WELL = QueueRow("erp", "orders/create", 0, 2, 0, 0, 0, 60.0, 80, RowState.CONSUMING, 2)
DOOR = DoorRow("one", "host", "0.1", 60.0, 0.0, 9, 1)


def table(queue: dict[str, Any] | None = None, **app: Any) -> Table:
    """Return an app with one consumer and one ingress that are well, but for what is said."""
    whole = Table("app", 0, (replace(WELL, **(queue or {})),), (DOOR,))
    return replace(whole, **app)


def test_where_all_is_well_nothing_is_wrong() -> None:
    assert () == problems(table())
    assert () == problems(table({"ready": 500, "lag_ms": 59_000})), "a backlog that moves"
    assert () == problems(table({"ready": 0, "state": RowState.NOBODY})), "as while it restarts"
    assert () == problems(table({"ready": None, "lag_ms": None, "dead": None}))
    assert () == problems(table({"dead": 0, "dead_hour": 9})), "all were replayed"


def opened(times: int) -> Order:
    """Return the word of a worker that its breaker has opened."""
    return order(Ordered.OPENED, until=NOW, times=times)


OPEN = "open until 2025-11-24 16:00:00Z by me@host"
FULL = "so much of a partition is held that nothing more of it begins"
LETTERS = "hookline-workers dead-letters groups --consumer erp --topic 'orders/create'"
UNROUTED = "hookline-workers dead-letters groups --unrouted"
WATCH = "hookline-workers status --watch"
PAUSED = "hookline-workers pause"
CHECK = "hookline-ingress check"
TOLD: list[tuple[Table, str, str]] = [
    (
        table({"ready": 120, "lag_ms": 720_000, "state": RowState.NOBODY}),
        "erp orders/create: nobody consumes it, 120 wait, for up to 12 min",
        WATCH,
    ),
    (
        table({"ready": 3, "lag_ms": None, "state": RowState.NOBODY}),
        "erp orders/create: nobody consumes it, 3 wait",
        WATCH,
    ),
    (
        table({"ready": 3, "lag_ms": 45_000, "state": RowState.STUCK}),
        "erp orders/create: stuck: it is consumed, and nothing runs, 3 wait, for up to 45 s",
        WATCH,
    ),
    (
        table({"held": 1_000, "lag_ms": 720_000, "state": RowState.FULL}),
        f"erp orders/create: {FULL}, none waits, 1000 are held, for up to 12 min",
        "hookline-workers waiting list --consumer erp --topic 'orders/create'",
    ),
    (
        table({"held": 4, "ready": 3, "lag_ms": 720_000}),
        "erp orders/create: 2 workers end 60 a minute, 3 wait, 4 are held, for up to 12 min",
        "hookline-workers waiting list --consumer erp --topic 'orders/create'",
    ),
    (
        table({"dead": 2, "dead_hour": 1, "halted": 1, "held": 3}),
        "erp orders/create: 1 shop halted, 1 dead letter in the last hour, 2 there now",
        "hookline-workers dead-letters sequences --consumer erp --topic 'orders/create'",
    ),
    (
        table({"dead": 9, "halted": 9, "held": 20}),
        "erp orders/create: 9 shops halted, 9 dead letters, none in the last hour",
        "hookline-workers dead-letters sequences --consumer erp --topic 'orders/create'",
    ),
    (
        table({"state": RowState.OPEN}),
        "erp orders/create: its breaker is open, none waits",
        WATCH,
    ),
    (
        table({"state": RowState.OPEN, "opened": opened(1), "ready": 2}),
        f"erp orders/create: its breaker is {OPEN}, 2 wait, for up to 0 ms",
        WATCH,
    ),
    (
        table({"state": RowState.OPEN, "opened": opened(3)}),
        f"erp orders/create: its breaker is {OPEN}, time 3 in a row, none waits",
        WATCH,
    ),
    (table({"state": RowState.PAUSED}), "erp orders/create: paused, none waits", PAUSED),
    (
        table({"state": RowState.PAUSED, "pause": order(by="ann@pod"), "ready": 2}),
        "erp orders/create: paused by ann@pod, 2 wait, for up to 0 ms",
        PAUSED,
    ),
    (
        table({"state": RowState.PAUSED, "pause": order(until=NOW, reason="ERP is down")}),
        "erp orders/create: paused by me@host until 2025-11-24 16:00:00Z (ERP is down), none waits",
        PAUSED,
    ),
    (
        table({"ready": 1, "lag_ms": 0, "state": RowState.LOST}),
        "erp orders/create: its workers get nothing from the broker, 1 wait, for up to 0 ms",
        WATCH,
    ),
    (
        table({"ready": 9_000, "lag_ms": 7_200_000}),
        "erp orders/create: 2 workers end 60 a minute, 9000 wait, for up to 2 h",
        WATCH,
    ),
    (
        table({"dead": 40, "dead_hour": 12}),
        "erp orders/create: 12 dead letters in the last hour, 40 there now",
        LETTERS,
    ),
    (
        table({"dead": None, "dead_hour": 12}),
        "erp orders/create: 12 dead letters in the last hour",
        LETTERS,
    ),
    (
        table({"dead": 1, "dead_hour": 1}),
        "erp orders/create: 1 dead letter in the last hour, 1 there now",
        LETTERS,
    ),
    (
        table({"dead": 40}),
        "erp orders/create: 40 dead letters, none in the last hour",
        LETTERS,
    ),
    (
        table({"ready": 4, "lag_ms": None, "state": RowState.RETIRED}),
        "erp orders/create: retired, and still there, 4 wait",
        WATCH,
    ),
    (
        table(queues=()),
        "no consumer has a queue in the app app: nothing is worked on",
        "hookline-workers topology declare MODULE",
    ),
    (table(doors=()), "no ingress is heard: none runs, or none that writes a pulse", CHECK),
    (
        table(unrouted=Unrouted(1)),
        "1 webhook lies unrouted",
        UNROUTED,
    ),
    (
        table(unrouted=Unrouted(37, ("a/b", "carts/update"))),
        "37 webhooks lie unrouted; no consumer takes a/b, carts/update",
        UNROUTED,
    ),
    (
        table(versions={"0.2": 1, "0.1": 3}),
        "processes of several versions run: 0.1 (3), 0.2 (1)",
        "hookline-workers --version",
    ),
    (
        table(doors=(replace(DOOR, refused_a_minute=90.0, accepted_a_minute=3.0),)),
        "ingress host: 90 refused and 3 accepted a minute",
        CHECK,
    ),
    (
        table(doors=(replace(DOOR, confirm_p99_ms=2_400),)),
        "ingress host: the broker takes 2.4 s to confirm (p99)",
        CHECK,
    ),
    (
        table(has_pulse=False, doors=()),
        "no pulse that its user may read: what processes do is not seen",
        "hookline-workers topology verify MODULE",
    ),
]


@pytest.mark.parametrize(("seen", "sentence", "command"), TOLD, ids=[told for _, told, _ in TOLD])
def test_each_finding_is_one_sentence_with_the_command_that_shows_more(
    seen: Table, sentence: str, command: str
) -> None:
    assert [(sentence, command)] == [(one.sentence, one.command) for one in problems(seen)]


def test_a_strangers_lone_refusals_are_nothing_wrong() -> None:
    assert () == problems(table(doors=(replace(DOOR, refused_a_minute=9.0, accepted_a_minute=0),)))


def test_the_worst_is_told_first_and_of_equals_the_queue_with_more_in_it() -> None:
    rows = (
        replace(WELL, consumer="a", dead=5),
        replace(WELL, consumer="b", ready=1, state=RowState.NOBODY),
        replace(WELL, consumer="c", ready=9, state=RowState.NOBODY),
        replace(WELL, consumer="d", ready=1, state=RowState.PAUSED),
        replace(WELL, consumer="e", dead=7, dead_hour=7),
    )
    seen = replace(table(), queues=rows, doors=())
    assert ["no", "c", "b", "e", "d", "a"] == [one.sentence.split()[0] for one in problems(seen)]


@pytest.mark.parametrize(
    ("ms", "told"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1_000, "1 s"),
        (119_000, "119 s"),
        (120_000, "2 min"),
        (7_200_000, "2 h"),
        (172_800_000, "2 d"),
    ],
)
def test_a_duration_is_told_in_one_unit(ms: int, told: str) -> None:
    assert told == duration(ms)
