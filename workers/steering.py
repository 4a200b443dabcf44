"""Steering the queues of this process: by what the control log orders, and by their breakers."""

import asyncio
from collections.abc import Sequence
from time import time

import structlog

from runtime.waiting import set_or_later
from schemas.control import ControlState
from schemas.orders import Order
from workers.allowance import Allowance, allowance
from workers.breakers import Breakers
from workers.broker.intake import Intake
from workers.broker.known import KnownControl
from workers.limits import limits_in_force
from workers.telemetry import PAUSED, labels_of

log = structlog.get_logger()

CHECK_ORDERS_EVERY = 30.0
"""Seconds until all is checked again at the latest: somebody may have set the clock."""


class Steering:
    """Steers these queues by what is known of the log, and by their breakers."""

    def __init__(
        self, intakes: Sequence[Intake], control: KnownControl, breakers: Breakers
    ) -> None:
        self._intakes = intakes
        self._control = control
        self._breakers = breakers
        self._allowed: dict[str, Allowance] = {}
        self._limited: dict[str, tuple[Order, ...]] = {}
        self._changed = asyncio.Event()
        control.listen(self._heard)
        breakers.listen(self._heard)

    async def keep(self) -> None:
        """End each order, and try each breaker, when its time has come, until cancelled."""
        while True:
            self._changed.clear()
            self.apply()
            await set_or_later(self._changed, self._seconds_to_next_end())

    def _heard(self) -> None:
        self.apply()
        self._changed.set()

    def apply(self) -> None:
        """Allow each queue what it is allowed now."""
        now_ms = int(time() * 1000)
        for intake in self._intakes:
            state = self._control.state
            position = self._breakers.position(intake.queue, state)
            allowed = allowance(state, intake.queue, intake.concurrency, now_ms, position)
            before = self._allowed.get(intake.queue.name)
            if before is None:
                before = Allowance(intake.concurrency)
                PAUSED.labels(*labels_of(intake.queue.whole)).set(0)
            self._allowed[intake.queue.name] = allowed

            intake.allow(allowed.handlers, allowed.held_as)
            _tell(intake, before, allowed)
            self._limit(intake, state, now_ms)

    def _limit(self, intake: Intake, state: ControlState, now_ms: int) -> None:
        limiter = intake.limiter
        consumer = limiter.consumer
        now = limits_in_force(state, intake.queue, consumer.limits, now_ms)
        limiter.limit(now.limits)

        before = self._limited.get(consumer.name, ())
        self._limited[consumer.name] = now.orders
        if now.orders != before:
            by = [order.by for order in now.orders]
            log.warning("consumer.limited", consumer=consumer.name, limits=str(now.limits), by=by)

    def _seconds_to_next_end(self) -> float:
        to_probe = self._breakers.seconds_to_next_probe()
        soonest = min(CHECK_ORDERS_EVERY, to_probe)
        now = time()
        for allowed in self._allowed.values():
            if allowed.ends_ms is not None:
                seconds = allowed.ends_ms / 1000 - now
                soonest = min(soonest, seconds)
        return max(0.0, soonest)


def _tell(intake: Intake, before: Allowance, now: Allowance) -> None:
    """Log what is otherwise than before, and by whom."""
    queue = intake.queue
    if now.pause != before.pause:
        PAUSED.labels(*labels_of(queue.whole)).set(now.pause is not None)
        if now.pause is None:
            log.info("queue.resumed", queue=queue.name)
        else:
            log.warning("queue.paused", queue=queue.name, **_told(now.pause))

    if now.setting != before.setting:
        concurrency = intake.concurrency
        told = {}
        if now.setting is not None:
            concurrency = now.setting.concurrency or concurrency
            told = _told(now.setting)
        log.warning("queue.set", queue=queue.name, concurrency=concurrency, **told)


def _told(order: Order) -> dict[str, str | int | None]:
    return {"by": order.by, "reason": order.reason, "until_ms": order.until}
