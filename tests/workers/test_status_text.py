"""`status` as people read it."""

from workers.commands.status import json_line, lines
from workers.operate.row_states import RowState
from workers.operate.rows import DoorRow, QueueRow, Table, Unrouted

NOW = 1_764_000_000_000
TABLE = Table(
    app="spiffy",
    at=NOW,
    queues=(
        QueueRow("erp", "orders/create", 120, 16, 3, 2, 95_000, 480.0, 730, RowState.CONSUMING, 2),
        QueueRow("mail", "orders/*", None, 0, None, 0, None, 0.0, 0, RowState.UNKNOWN, 0),
    ),
    doors=(DoorRow("one", "web-1", "0.1.0", 510.4, 2.0, 14, 3),),
    unrouted=Unrouted(2, ("carts/update",)),
    waiting={5: 3, 60: 1},
    versions={"0.1.0": 3},
)
SHOWN = """\
spiffy at 2025-11-24 16:00:00 UTC
consumer  topic          state      ready  held  running   lag  done/min     p95  dead  dead/h  workers
erp       orders/create  consuming    120     0       16  95 s       480  730 ms     3       2        2
mail      orders/*       unknown        -     0        0     -         0    0 ms     -       0        0

ingress  accepted/min  refused/min  confirm p99  in flight  version
web-1             510            2        14 ms          3    0.1.0

waiting for a retry: 3 for 5 s, 1 for 60 s
unrouted: 2

! erp orders/create: 2 workers end 480 a minute, 120 wait, for up to 95 s
    hookline-workers status --watch
! erp orders/create: 2 dead letters in the last hour, 3 there now
    hookline-workers dead-letters groups --consumer erp --topic 'orders/create'
! 2 webhooks lie unrouted; no consumer takes carts/update
    hookline-workers dead-letters groups --unrouted
"""  # noqa: E501 - as wide as it is


def test_a_line_a_queue_a_line_an_ingress_and_what_is_wrong() -> None:
    assert SHOWN.splitlines() == list(lines(TABLE))


def test_where_nothing_runs_that_is_said() -> None:
    told = "\n".join(lines(Table("spiffy", NOW)))
    assert "no consumer has a queue yet" in told
    assert "no ingress is heard" in told


def test_what_strangers_wrote_moves_no_cursor() -> None:
    door = DoorRow("one", "web\x1b[2J", "0.1\n", 0.0, 0.0, 0, 0)
    written = "\n".join(lines(Table("spiffy", NOW, doors=(door,)))) + json_line(
        Table("spiffy", NOW, doors=(door,))
    )
    assert "\x1b" not in written
