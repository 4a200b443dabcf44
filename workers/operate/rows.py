"""What `status` shows, as data, and how it follows from pulses and depths. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.fleet import Heard, QueueNow
from schemas.names import WorkQueue
from schemas.orders import Order
from schemas.pulse import DoorBeat, State

STUCK_AFTER_MS = 30_000
"""Lag from which on a queue is stuck that is consumed, and of which nothing runs."""


class RowState(StrEnum):
    """How a queue is doing, as a whole."""

    CONSUMING = "consuming"
    LOST = "lost"
    PAUSED = "paused"
    OPEN = "breaker open"
    STUCK = "stuck"
    NOBODY = "nobody consumes"
    RETIRED = "retired"
    UNKNOWN = "unknown"  # no worker is heard, and we may not ask the broker


_OF_WORKERS = {
    State.CONSUMING: RowState.CONSUMING,
    State.LOST: RowState.LOST,
    State.PAUSED: RowState.PAUSED,
    State.OPEN: RowState.OPEN,
    State.STUCK: RowState.STUCK,
}
_OWN_WORD = frozenset({State.PAUSED, State.OPEN, State.STUCK})
"""States that only a worker knows of: whether the broker counts consumers says nothing against."""


@dataclass(frozen=True, slots=True)
class Depth:
    """What the broker says of a queue: what is ready in it, and how many consume it."""

    ready: int
    consumers: int


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A consumer and topic. None: nobody could be asked; times and rates are in their names."""

    consumer: str
    topic: str
    ready: int | None
    running: int
    dead: int | None
    dead_hour: int
    lag_ms: int | None
    """How long the oldest that is ready has waited, at most; 0 where none is."""
    done_a_minute: float
    p95_ms: int
    state: RowState
    workers: int
    pause: Order | None = None
    """What an operator ordered, where that holds now."""
    opened: Order | None = None
    """What a worker told of its breaker, while that is open."""


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
    lag = lag_ms(depth, seen, at_ms)
    state = RowState.RETIRED if is_retired else _state(depth, seen, lag)
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
    )


def lag_ms(depth: Depth | None, queue: QueueNow, at_ms: int) -> int | None:
    """Return how long the oldest that is ready has waited, at most; None where nobody knows.

    It is true when nothing runs: what is ready came after the last that was taken, and after the
    queue was last seen empty, so it is as old as that at most.
    """
    if depth is None:
        return None
    if not depth.ready:
        return 0
    if not queue.waits_since_ms:
        return None
    return max(0, at_ms - queue.waits_since_ms)


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


def _state(depth: Depth | None, queue: QueueNow, lag: int | None) -> RowState:
    told = queue.state
    if told is not None and (told in _OWN_WORD or depth is None):
        return _OF_WORKERS[told]
    if depth is None:
        return RowState.UNKNOWN
    if not depth.consumers:
        return RowState.NOBODY if told is None else RowState.LOST
    if not queue.running and lag is not None and lag > STUCK_AFTER_MS:
        return RowState.STUCK
    return RowState.CONSUMING
