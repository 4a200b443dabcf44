"""The pulse: what every process says of itself every few seconds. Pure.

`{app}.pulse` is a stream of beats. Each tells of one process, and stands alone:

    counts   since the process started: two beats of one process tell a rate
    times    in milliseconds since 1970; 0 where there was none
    queues   of a worker, by the work queue's name
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.held_lines import HeldLine

EVERY = 5.0
"""Seconds between two beats of a process, give or take a fifth."""
BEATS_A_MINUTE = 12
MINUTE_MS = 60_000


class ProcessKind(StrEnum):
    """What a process is."""

    WORKER = "worker"
    INGRESS = "ingress"


class QueueState(StrEnum):
    """How a worker stands to one of its queues; of several workers the last one here counts."""

    AWAY = "away"  # a partition that another worker has
    CONSUMING = "consuming"
    LIMITED = "limited"  # more is here than its rate lets begin
    FULL = "full"  # so much is held of its shops' sequences that nothing more is begun
    LOST = "lost"  # the broker hands it nothing: it is about to ask again
    PAUSED = "paused"  # by an operator
    OPEN = "open"  # its breaker
    STUCK = "stuck"  # so many handlers hang that none is started


@dataclass(frozen=True, slots=True)
class QueueBeat:
    """What a worker says of one of its queues."""

    running: int = 0
    done: int = 0
    retried: int = 0
    dead: int = 0
    dead_hour: int = 0
    """Dead letters that it made in the last hour."""
    oldest_ms: int = 0
    """When the oldest webhook was received that it holds and attempts for the first time."""
    taken_ms: int = 0
    """When the webhooks were received, on average, that it began lately for the first time."""
    empty_ms: int = 0
    """When the queue was last seen empty: it consumed, held nothing, and nothing came."""
    settled_ms: int = 0
    p95_ms: int = 0
    """Of the attempts that ended in the last minute, 95 % took no longer."""
    state: QueueState = QueueState.CONSUMING
    held: int = 0
    """Of an ordered partition, the webhooks that wait beside it for an attempt, theirs or another's
    of their shop.
    """
    held_ms: int = 0
    """Of these, when the oldest was received that was never attempted, and waits behind another."""
    halted: int = 0
    """Shops of it that wait for what becomes of a dead letter."""


@dataclass(frozen=True, slots=True)
class SecretBeat:
    """What an ingress says of one of an app's secrets: since when it has it, how many webhooks it
    has signed since, and when the last one came.
    """

    count: int = 0
    last_ms: int = 0
    since_ms: int = 0


@dataclass(frozen=True, slots=True)
class DoorBeat:
    """What an ingress says of one of its apps; confirms and in flight are those of all its apps."""

    accepted: int = 0
    refused: int = 0
    in_flight: int = 0
    confirm_p99_ms: int = 0
    """Of the confirms that came in the last minute, 99 % took no longer."""
    topics: Mapping[str, int] = field(default_factory=dict)
    """When a webhook of each topic was last accepted."""
    secrets: Mapping[str, SecretBeat] = field(default_factory=dict)
    """By name."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One record: a process at a moment. `process` is an id that no later process has."""

    at: int
    process: str
    role: ProcessKind
    host: str = ""
    version: str = ""
    started: int = 0
    queues: Mapping[str, QueueBeat] = field(default_factory=dict)
    door: DoorBeat | None = None
    heard: int = 0
    """The offset behind the last record of the control log that a worker knows."""
    divides: tuple[str, ...] = ()
    """Consumers and topics whose partitions a worker takes its part of: `spiffy.erp.orders.create`.
    """
    lines: tuple[HeldLine, ...] = ()
    """What a worker's ordered partitions hold, by shop; the longest lines, where there are many."""
