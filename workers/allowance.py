"""How many handlers of a queue may run at once: what orders make of a consumer's options. Pure."""

from dataclasses import dataclass

from schemas.control import State
from schemas.in_force import in_force, next_end
from schemas.names import WorkQueue
from schemas.orders import Order, Subject


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a queue may do now, and by whose order; `ends_ms` is when that may be otherwise."""

    handlers: int
    pause: Order | None = None
    setting: Order | None = None
    ends_ms: int | None = None


def allowance(state: State, queue: WorkQueue, declared: int, now_ms: int) -> Allowance:
    """Return what a queue is allowed then; `declared` is its consumer's own concurrency."""
    pause = in_force(state, Subject.PAUSE, queue, now_ms)
    setting = in_force(state, Subject.SETTING, queue, now_ms)

    handlers = declared
    if setting is not None and setting.concurrency is not None:
        handlers = setting.concurrency
    if pause is not None:
        handlers = 0
    return Allowance(handlers, pause, setting, next_end(state, queue, now_ms))
