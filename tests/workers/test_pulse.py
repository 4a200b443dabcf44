"""What a worker says of its queues, from beat to beat."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from runtime.this_process import PROCESS, STARTED_MS
from schemas.names import WorkQueue
from schemas.pulse import MINUTE_MS, ProcessKind, QueueBeat, QueueState
from schemas.pulse_records import decode
from tests.workers.fakes import FakeChannel, run
from workers.broker.intake import Intake
from workers.broker.under_way import UnderWay
from workers.pulse import HOUR_MS, WatchedQueue, WorkerPulse, counted
from workers.telemetry import AGE, DELIVERIES, SECONDS, labels_of

NOW = STARTED_MS + 1_000


@dataclass
class FakeIntake:
    """What a pulse sees of an intake."""

    queue: WorkQueue
    under_way: dict[Any, UnderWay] = field(default_factory=dict)
    received: int = 0
    state: QueueState = QueueState.CONSUMING
    members: tuple[Any, ...] = ()

    @property
    def intake(self) -> Intake:
        """As what our code takes it for."""
        return cast("Intake", self)

    def hold(self, **headers: Any) -> None:
        """Receive a webhook, and keep it."""
        self.received += 1
        self.under_way[self.received] = run(FakeChannel(), **headers)

    def settle(self, outcome: str, seconds: float = 0.1) -> None:
        """Have an attempt of what came end."""
        self.received += 1
        SECONDS.labels(*labels_of(self.queue)).observe(seconds)
        DELIVERIES.labels(*labels_of(self.queue), outcome).inc()


@pytest.fixture
def intake(request: pytest.FixtureRequest) -> FakeIntake:
    """An intake of a queue that no other test counts."""
    return FakeIntake(WorkQueue("app", request.node.name[:50], "orders.create"))


def test_outcomes_are_counted_since_the_start_and_settling_is_noted(intake: FakeIntake) -> None:
    watched = WatchedQueue(intake.intake)
    for outcome in ("done", "done", "retried", "dead", "aside"):
        intake.settle(outcome)
    first = watched.look(counted(), NOW)
    assert (2, 1, 1, 1, NOW) == (
        first.done,
        first.retried,
        first.dead,
        first.dead_hour,
        first.settled_ms,
    )
    assert NOW == watched.look(counted(), NOW + 5_000).settled_ms
    intake.settle("done")
    assert NOW + 10_000 == watched.look(counted(), NOW + 10_000).settled_ms


def test_what_is_held_tells_the_oldest_that_is_attempted_for_the_first_time(
    intake: FakeIntake,
) -> None:
    intake.hold(webhook_received_ms=7_000)
    intake.hold(webhook_received_ms=5_000)
    intake.hold(webhook_received_ms=1_000, webhook_attempt=2)
    beat = WatchedQueue(intake.intake).look(counted(), NOW)
    assert (3, 5_000) == (beat.running, beat.oldest_ms)


def test_the_age_of_what_began_lately_tells_since_when_the_rest_waits(intake: FakeIntake) -> None:
    watched = WatchedQueue(intake.intake)
    age = AGE.labels(*labels_of(intake.queue))
    age.observe(40)
    age.observe(20)
    intake.settle("done")
    assert NOW - 30_000 == watched.look(counted(), NOW).taken_ms
    assert NOW - 30_000 == watched.look(counted(), NOW + 5_000).taken_ms, "nothing began since"


def test_a_queue_is_empty_where_it_was_consumed_for_a_whole_beat_and_nothing_came(
    intake: FakeIntake,
) -> None:
    watched = WatchedQueue(intake.intake)
    assert 0 == watched.look(counted(), NOW).empty_ms, "it may have begun just now"
    assert NOW + 1 == watched.look(counted(), NOW + 1).empty_ms

    intake.settle("done")
    assert NOW + 1 == watched.look(counted(), NOW + 2).empty_ms, "something came"
    intake.hold()
    assert NOW + 1 == watched.look(counted(), NOW + 3).empty_ms
    assert NOW + 1 == watched.look(counted(), NOW + 4).empty_ms, "something is held"

    intake.under_way.clear()
    for state in (QueueState.LOST, QueueState.CONSUMING):
        intake.state = state
        assert NOW + 1 == watched.look(counted(), NOW + 5).empty_ms
    assert NOW + 6 == watched.look(counted(), NOW + 6).empty_ms


def test_p95_is_that_of_the_last_minute(intake: FakeIntake) -> None:
    watched = WatchedQueue(intake.intake)
    intake.settle("done", seconds=0.7)
    assert 500 < watched.look(counted(), NOW).p95_ms <= 750
    for beat in range(1, 13):
        last = watched.look(counted(), NOW + beat * 5_000)
    assert 0 == last.p95_ms


def test_dead_letters_of_the_last_hour_are_told_apart(intake: FakeIntake) -> None:
    watched = WatchedQueue(intake.intake)
    intake.settle("dead")
    told = {}
    for minute in range(63):
        at = STARTED_MS + minute * MINUTE_MS
        if minute == 30:
            intake.settle("dead")
        told[minute] = watched.look(counted(), at).dead_hour
    assert (1, 2, 2, 1) == (told[0], told[31], told[59], told[62])
    assert 2 == watched.look(counted(), STARTED_MS + HOUR_MS).dead


async def test_a_beat_names_the_process_and_all_its_queues(intake: FakeIntake) -> None:
    intake.state = QueueState.STUCK
    other = FakeIntake(WorkQueue("app", "another", "carts.update"))
    beat = decode(await WorkerPulse([intake.intake, other.intake]).beat())
    assert beat is not None
    assert (PROCESS, ProcessKind.WORKER, STARTED_MS) == (beat.process, beat.role, beat.started)
    assert {
        intake.queue.name: QueueBeat(state=QueueState.STUCK),
        other.queue.name: QueueBeat(),
    } == beat.queues
