"""What `status` shows, as data, and how it follows from pulses and depths. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from schemas.fleet import Fleet, Heard
from schemas.names import WorkQueue
from schemas.orders import Order
from schemas.partition_names import held_queue
from schemas.pulse import DoorBeat
from schemas.queue_now import QueueNow
from schemas.topic import BadTopic, Topic
from workers.operate.row_states import Depth, RowState, row_state


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A consumer and topic, or one partition of it.

    None: nobody could be asked; times and rates are in their names. Dead letters are those of all
    partitions.
    """

    consumer: str
    topic: str
    ready: int | None
    running: int
    dead: int | None
    dead_hour: int
    lag_ms: int | None
    """How long the oldest that is ready, or held behind another, has waited, at most; 0 where none
    is.
    """
    done_a_minute: float
    p95_ms: int
    state: RowState
    workers: int
    pause: Order | None = None
    """What an operator ordered, where that holds now."""
    opened: Order | None = None
    """What a worker told of its breaker, while that is open."""
    partition: str = ""
    partitions: "tuple[QueueRow, ...]" = ()
    held: int = 0
    """Of what keeps its order: what waits for an attempt, its own or another's of its shop."""
    halted: int = 0
    """Of these, shops that wait for what becomes of a dead letter."""


@dataclass(frozen=True, slots=True)
class DoorRow:
    """An ingress process."""

    process: str
    host: str
    version: str
    accepted_a_minute: float
    refused_a_minute: float
    confirm_p99_ms: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class Unrouted:
    """What lies unrouted; topics that were accepted lately and that no queue takes."""

    count: int | None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """All that is known of an app at a moment. `waiting`: by rung of the ladder, in seconds."""

    app: str
    at: int
    queues: tuple[QueueRow, ...] = ()
    doors: tuple[DoorRow, ...] = ()
    unrouted: Unrouted = field(default_factory=lambda: Unrouted(0))
    waiting: Mapping[int, int] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)
    """How many processes run which Hookline."""
    has_pulse: bool = True
    """Whether the broker holds a pulse that we may read."""


def queue_row(
    queue: WorkQueue,
    now: QueueNow | None,
    depths: Mapping[str, Depth | None],
    at_ms: int,
    *,
    is_retired: bool = False,
    pause: Order | None = None,
    opened: Order | None = None,
) -> QueueRow:
    """Return the row of a work queue."""
    seen = now or QueueNow()
    depth = depths.get(queue.name)
    dead = depths.get(queue.dead)
    held_by_nobody = _by_nobody(depths.get(held_queue(queue)))
    lag = None if depth is None else seen.lag_ms(depth.ready + held_by_nobody, at_ms)
    of_ready = None if depth is None else replace(seen, held_ms=0).lag_ms(depth.ready, at_ms)
    state = RowState.RETIRED if is_retired else row_state(depth, seen, of_ready, pause)
    workers = seen.workers
    if now is None and depth is not None:
        workers = depth.consumers

    return QueueRow(
        consumer=queue.consumer,
        topic=queue.pattern.slashed,
        ready=None if depth is None else depth.ready,
        running=seen.running,
        dead=None if dead is None else dead.ready,
        dead_hour=seen.dead_hour,
        lag_ms=lag,
        done_a_minute=round(seen.done_a_minute, 1),
        p95_ms=seen.p95_ms,
        state=state,
        workers=workers,
        pause=pause,
        opened=opened,
        partition=f"p{queue.partition}" if queue.is_partition else "",
        held=max(seen.held, held_by_nobody),
        halted=seen.halted,
    )


def _by_nobody(held: Depth | None) -> int:
    """Return how much is held that no worker has in its hands."""
    if held is None or held.consumers:
        return 0
    return held.ready


def door_row(heard: Heard) -> DoorRow:
    """Return the row of an ingress process."""
    before = heard.first.door or DoorBeat()
    last = heard.last.door or DoorBeat()
    accepted = heard.a_minute(before.accepted, last.accepted)
    refused = heard.a_minute(before.refused, last.refused)
    return DoorRow(
        process=heard.last.process,
        host=heard.last.host,
        version=heard.last.version,
        accepted_a_minute=round(accepted, 1),
        refused_a_minute=round(refused, 1),
        confirm_p99_ms=last.confirm_p99_ms,
        in_flight=last.in_flight,
    )


def topics_without_queue(fleet: Fleet, queues: Iterable[WorkQueue]) -> tuple[str, ...]:
    """Return the topics that were accepted lately, and that none of the queues takes."""
    known = tuple(queues)
    doors = [one.last.door for one in fleet.ingresses]
    named = {topic for door in doors if door is not None for topic in door.topics}
    return tuple(sorted(topic for topic in named if not _is_taken(topic, known)))


def _is_taken(name: str, queues: Iterable[WorkQueue]) -> bool:
    try:
        topic = Topic.parse(name)
    except BadTopic:
        return True  # no ingress of ours wrote that
    return any(queue.takes(topic) for queue in queues)
