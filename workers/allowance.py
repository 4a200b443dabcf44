"""How many handlers of a queue may run at once: what orders, and its breaker, make of a consumer's
options. Pure.
"""

from dataclasses import dataclass

from schemas import pulse
from schemas.control import ControlState
from schemas.in_force import in_force, next_end
from schemas.names import WorkQueue
from schemas.orders import Order, Subject
from workers.circuit import Position

PROBES = 1
"""Handlers at once while a breaker probes."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a queue may do now, and by whose order; `ends_ms` is when that may be otherwise."""

    handlers: int
    pause: Order | None = None
    setting: Order | None = None
    ends_ms: int | None = None

    @property
    def held_as(self) -> pulse.QueueState:
        """What it is while no handler may run."""
        if self.pause is not None:
            return pulse.QueueState.PAUSED
        return pulse.QueueState.OPEN


def allowance(
    state: ControlState,
    queue: WorkQueue,
    declared: int,
    now_ms: int,
    position: Position = Position.CLOSED,
) -> Allowance:
    """Return what a queue is allowed then; `declared` is its consumer's own concurrency.

    `position` is where its breaker stands.
    """
    pause = in_force(state, Subject.PAUSE, queue, now_ms)
    setting = in_force(state, Subject.SETTING, queue, now_ms)

    handlers = declared
    if setting is not None and setting.concurrency is not None:
        handlers = setting.concurrency
    if position is Position.PROBING:
        handlers = min(handlers, PROBES)
    if pause is not None or position is Position.OPEN:
        handlers = 0
    return Allowance(handlers, pause, setting, next_end(state, queue, now_ms))
