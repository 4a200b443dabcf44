"""How a queue is doing: what workers tell, the broker counts and operators order. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.orders import Order
from schemas.pulse import QueueState
from schemas.queue_now import QueueNow

STUCK_AFTER_MS = 30_000
"""How long what is ready waits before a queue is stuck that is consumed, and of which nothing runs.
"""


class RowState(StrEnum):
    """How a queue is doing, as a whole."""

    CONSUMING = "consuming"
    LIMITED = "limited"
    FULL = "full"
    LOST = "lost"
    PAUSED = "paused"
    OPEN = "breaker open"
    STUCK = "stuck"
    NOBODY = "nobody consumes"
    RETIRED = "retired"
    UNKNOWN = "unknown"  # no worker is heard, and we may not ask the broker


_OF_WORKERS = {
    QueueState.CONSUMING: RowState.CONSUMING,
    QueueState.LIMITED: RowState.LIMITED,
    QueueState.FULL: RowState.FULL,
    QueueState.LOST: RowState.LOST,
    QueueState.PAUSED: RowState.PAUSED,
    QueueState.OPEN: RowState.OPEN,
    QueueState.STUCK: RowState.STUCK,
}
_OWN_WORD = frozenset(
    {
        QueueState.LIMITED,
        QueueState.FULL,
        QueueState.PAUSED,
        QueueState.OPEN,
        QueueState.STUCK,
    }
)
"""States that only a worker knows of: whether the broker counts consumers says nothing against."""


@dataclass(frozen=True, slots=True)
class Depth:
    """What the broker says of a queue: what is ready in it, and how many consume it."""

    ready: int
    consumers: int


def row_state(
    depth: Depth | None, queue: QueueNow, lag_ms: int | None, pause: Order | None
) -> RowState:
    """Return the state of a queue that somebody shall consume."""
    told = _told(depth, queue, pause)
    if told is not None and (told in _OWN_WORD or depth is None):
        return _OF_WORKERS[told]
    if depth is None:
        return RowState.UNKNOWN
    if not depth.consumers:
        return RowState.NOBODY if told is None else RowState.LOST
    if not queue.running and lag_ms is not None and lag_ms > STUCK_AFTER_MS:
        return RowState.STUCK
    return RowState.CONSUMING


def _told(depth: Depth | None, queue: QueueNow, pause: Order | None) -> QueueState | None:
    """Return what the workers say of the queue, or will say with their next beat."""
    if depth is None:
        return queue.state
    if queue.state is QueueState.CONSUMING and pause is not None and not depth.consumers:
        return QueueState.PAUSED
    if queue.state is QueueState.PAUSED and pause is None and depth.consumers:
        return QueueState.CONSUMING
    return queue.state
