"""Steering queues by what the control log says. The intakes are fake."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import time
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from schemas import control
from schemas.control import fold
from schemas.control_records import ordered
from schemas.names import WorkQueue
from schemas.orders import Order, Ordered
from schemas.pulse import QueueState
from tests.schemas.orders import NOW, ORDERS, order
from workers import Delivery, consumer
from workers.allowance import allowance
from workers.breakers import Breakers
from workers.broker.known import KnownControl
from workers.circuit import Position
from workers.limiter import Limiter
from workers.steering import Steering
from workers.telemetry import PAUSED, labels_of

ERP = WorkQueue("spiffy", "erp", "orders.create")
MAIL = WorkQueue("spiffy", "mail", "orders.create")


@consumer("orders/create", rate="60/m", per_shop=2)
async def limited(delivery: Delivery[bytes]) -> None:
    """Take it."""


@dataclass
class FakeIntake:
    """A queue, and what it is allowed."""

    queue: WorkQueue
    concurrency: int = 16
    allowed: list[int] = field(default_factory=list)
    limiter: Limiter = field(default_factory=lambda: Limiter(limited))

    held_as: QueueState = QueueState.CONSUMING

    def allow(self, handlers: int, held_as: QueueState) -> None:
        """Take note of what is new."""
        self.held_as = held_as
        if self.allowed[-1:] != [handlers]:
            self.allowed.append(handlers)


def told(*orders: Order, start: int = 0) -> control.ControlState:
    """Return the state after these orders, the first at this offset."""
    state = control.ControlState()
    for offset, one in enumerate(orders, start):
        state = fold(state, ordered(one), offset)
    return state


def steering(*intakes: FakeIntake) -> tuple[Steering, Callable[[control.ControlState], None]]:
    """Steer these; return also what takes a state."""
    known = KnownControl()
    one = Steering(cast("Any", intakes), known, Breakers(_give_nobody, "me"))
    return one, lambda state: known.take(state, known.state)


async def _give_nobody(_: Order) -> None:
    """Write nothing."""


def paused(queue: WorkQueue) -> float:
    """What the metric says."""
    return float(PAUSED.labels(*labels_of(queue))._value.get())


SET = order(Ordered.SET, concurrency=4)


@pytest.mark.parametrize(
    ("orders", "handlers"),
    [
        ([], 16),
        ([order()], 0),
        ([SET], 4),
        ([SET, order()], 0),
        ([order(), SET], 0),
        ([order(), SET, order(Ordered.RESUMED)], 4),
        ([SET, order(Ordered.SET)], 16),
        ([order(Ordered.SET, concurrency=400)], 400),
        ([order(consumer="mail")], 16),
    ],
)
def test_a_pause_wins_over_a_setting_and_that_over_what_is_declared(
    orders: list[Order], handlers: int
) -> None:
    assert handlers == allowance(told(*orders), ERP, 16, NOW).handlers


@pytest.mark.parametrize(
    ("orders", "position", "handlers", "held_as"),
    [
        ([], Position.PROBING, 1, QueueState.OPEN),
        ([], Position.OPEN, 0, QueueState.OPEN),
        ([SET], Position.PROBING, 1, QueueState.OPEN),
        ([SET], Position.OPEN, 0, QueueState.OPEN),
        ([order()], Position.OPEN, 0, QueueState.PAUSED),
        ([order()], Position.PROBING, 0, QueueState.PAUSED),
        ([order(), order(Ordered.RESUMED)], Position.OPEN, 0, QueueState.OPEN),
    ],
)
def test_an_open_breaker_allows_none_and_one_that_probes_a_single_handler(
    orders: list[Order], position: Position, handlers: int, held_as: QueueState
) -> None:
    allowed = allowance(told(*orders), ERP, 16, NOW, position)
    assert (handlers, held_as) == (allowed.handlers, allowed.held_as)


@given(st.lists(ORDERS, max_size=6), st.integers(NOW - 9, NOW + 9))
def test_whatever_is_ordered_a_queue_is_allowed_none_or_some_handlers(
    orders: list[Order], now_ms: int
) -> None:
    allowed = allowance(told(*orders), ERP, 16, now_ms)
    assert (allowed.handlers == 0) == (allowed.pause is not None)
    assert allowed.ends_ms is None or allowed.ends_ms > now_ms


def test_what_the_log_says_takes_effect_at_once_and_is_told() -> None:
    erp = FakeIntake(ERP)
    mail = FakeIntake(MAIL)
    _, take = steering(erp, mail)
    with capture_logs() as events:
        take(told(order(reason="ERP is down")))
        assert (1.0, 0.0) == (paused(ERP), paused(MAIL))
        take(told(order(), order(Ordered.RESUMED)))
    assert ([0, 16], [16]) == (erp.allowed, mail.allowed)
    assert 0.0 == paused(ERP)
    assert [
        {
            "event": "queue.paused",
            "log_level": "warning",
            "queue": ERP.name,
            "by": "me@host",
            "reason": "ERP is down",
            "until_ms": None,
        },
        {"event": "queue.resumed", "log_level": "info", "queue": ERP.name},
    ] == events


def test_the_same_state_again_is_not_told_again() -> None:
    _, take = steering(FakeIntake(ERP))
    with capture_logs() as events:
        for _ in range(3):
            take(told(order()))
    assert ["queue.paused"] == [event["event"] for event in events]


def test_a_setting_is_told_and_so_is_its_end() -> None:
    _, take = steering(FakeIntake(ERP))
    with capture_logs() as events:
        take(told(SET))
        take(told(SET, order(Ordered.SET)))
    assert [4, 16] == [event["concurrency"] for event in events]


async def test_a_pause_for_a_time_ends_by_itself() -> None:
    erp = FakeIntake(ERP)
    one, take = steering(erp)
    keeping = asyncio.create_task(one.keep())
    soon = int(time() * 1000) + 50
    take(told(order(until=soon)))
    assert 0 == erp.allowed[-1]

    async with asyncio.timeout(10):
        while erp.allowed[-1] == 0:
            await asyncio.sleep(0.005)
    keeping.cancel()
    assert time() * 1000 >= soon
    assert 16 == erp.allowed[-1]
