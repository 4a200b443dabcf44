"""The page of processes: a row for each worker, by its last beat."""

from schemas.fleet import Heard
from schemas.pulse import Beat, ProcessKind, QueueBeat, QueueState
from workers.console.processes import worker_row

NOW = 1_764_000_000_000


def test_a_worker_is_told_by_what_it_runs_and_what_is_not_simply_consumed() -> None:
    before = {"app.erp.orders.create": QueueBeat(done=10)}
    queues = {
        "app.erp.orders.create": QueueBeat(running=2, done=40, dead_hour=1),
        "app.mail.orders.create": QueueBeat(state=QueueState.PAUSED),
        "app.search.orders.create.p1": QueueBeat(state=QueueState.AWAY),
    }
    first = Beat(NOW - 60_000, "one", ProcessKind.WORKER, queues=before)
    last = Beat(NOW, "one", ProcessKind.WORKER, "vm", "0.1.0", NOW - 90_000, queues)
    row = worker_row(Heard(first, last))
    assert ("erp", "mail") == row.consumers
    assert (2, 2, 30.0, 1) == (row.queues, row.running, row.done_a_minute, row.dead_hour)
    assert (("paused", 1),) == row.states
