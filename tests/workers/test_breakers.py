"""Breakers of many workers: one is told of, one tries it, and all of them heed it.

The intakes and the control log are fake.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from runtime.amqp.confirms import Failure, NotPublished
from schemas import control
from schemas.control import fold
from schemas.control_records import ordered
from schemas.orders import Order, Ordered
from schemas.pulse import QueueState
from tests.schemas.orders import order
from tests.workers.test_steering import ERP, MAIL, FakeIntake, told
from workers.breaker import Breaker
from workers.breakers import Breakers
from workers.broker.known import KnownControl
from workers.consumer import consumer
from workers.delivery import Delivery
from workers.outcome import Again, Count, Done
from workers.steering import Steering


async def until(condition: Callable[[], bool]) -> None:
    """Return once it is so."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


@consumer("orders/create", breaker=Breaker(attempts=2, open_for=0.3, longest=0.3))
async def frail(delivery: Delivery[bytes]) -> None:
    """Take whatever comes."""


FAILED = Again(5, "RuntimeError: down", failed=True)


class Crew:
    """Workers of two queues that share a control log. `given`: what was written to it."""

    def __init__(self, workers: int, breaker: Breaker | None = None) -> None:
        self.given: list[Order] = []
        self.state = control.ControlState()
        self.erp = [FakeIntake(ERP) for _ in range(workers)]
        self.mail = [FakeIntake(MAIL) for _ in range(workers)]
        self.counts: list[Count] = []
        self.known = [KnownControl() for _ in range(workers)]
        self.steering: list[Steering] = []
        self.breakers: list[Breakers] = []

        one = frail if breaker is None else replace(frail, breaker=breaker)
        for number, known in enumerate(self.known):
            breakers = Breakers(self._give, f"worker{number}")
            breakers.watch(ERP, one, self.counts.append)
            breakers.watch(MAIL, one, _uncounted)
            self.breakers.append(breakers)
            intakes = (self.erp[number], self.mail[number])
            self.steering.append(Steering(cast("Any", intakes), known, breakers))
            known.take(replace(self.state, next_offset=1), known.state)

    async def _give(self, order: Order) -> None:
        self.state = fold(self.state, ordered(order), len(self.given) + 1)
        self.given.append(order)
        for known in self.known:
            known.take(self.state, known.state)

    def ended(self, outcome: Again | Done, *, worker: int = 0, times: int = 1) -> None:
        """Have so many attempts begin and end now."""
        for _ in range(times):
            self.counts[worker](outcome, monotonic())

    @property
    def allowed(self) -> list[int]:
        """What each worker is allowed now."""
        return [intake.allowed[-1] for intake in self.erp]


def _uncounted(_: Count) -> None:
    """Count nothing."""


async def test_a_breaker_holds_its_queue_alone_and_at_once_in_every_worker() -> None:
    crew = Crew(workers=3, breaker=Breaker(attempts=2))
    crew.ended(FAILED, times=2)
    assert 0 == crew.erp[0].allowed[-1]
    await until(lambda: bool(crew.given))
    assert [0, 0, 0] == crew.allowed
    assert {QueueState.OPEN} == {intake.held_as for intake in crew.erp}
    assert [[16], [16], [16]] == [intake.allowed for intake in crew.mail]


async def test_of_fifty_workers_that_find_out_at_once_few_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses = iter(range(50))
    spread = SimpleNamespace(uniform=lambda *_: next(pauses) / 100)
    monkeypatch.setattr("workers.breakers.random", spread)
    crew = Crew(workers=50, breaker=Breaker(attempts=2))
    for worker in range(50):
        crew.ended(FAILED, worker=worker, times=2)
    await until(lambda: not any(one._telling for one in crew.breakers))
    assert ["worker0"] == [order.by for order in crew.given]


async def test_one_worker_tries_it_and_three_successes_let_all_through() -> None:
    crew = Crew(workers=2)
    keeping = [asyncio.create_task(one.keep()) for one in crew.steering]
    crew.ended(FAILED, times=2)
    await until(lambda: len(crew.given) == 1)
    await until(lambda: crew.allowed[0] == 1)
    assert [1, 0] == crew.allowed

    crew.ended(FAILED)
    assert [0, 0] == crew.allowed
    await until(lambda: len(crew.given) == 2)
    await until(lambda: crew.allowed[0] == 1)
    crew.ended(Done(), times=3)
    await until(lambda: crew.allowed == [16, 16])
    assert [(Ordered.OPENED, 1), (Ordered.OPENED, 2), (Ordered.CLOSED, 0)] == [
        (order.what, order.times) for order in crew.given
    ]
    for one in keeping:
        one.cancel()


async def test_where_the_worker_that_should_try_it_is_gone_another_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workers.breakers.patience_with", lambda _: 0.1)
    crew = Crew(workers=2)
    keeping = asyncio.create_task(crew.steering[1].keep())
    crew.ended(FAILED, times=2)
    await until(lambda: bool(crew.given))
    await until(lambda: crew.allowed[1] == 1)
    crew.ended(FAILED, worker=1)
    await until(lambda: len(crew.given) == 2)
    assert ["worker0", "worker1"] == [order.by for order in crew.given]
    keeping.cancel()


async def test_an_opening_that_cannot_be_told_holds_the_queue_here_all_the_same() -> None:
    async def fail(_: Order) -> None:
        raise NotPublished(Failure.RETURNED)

    erp = FakeIntake(ERP)
    counts: list[Count] = []
    breakers = Breakers(fail, "me")
    breakers.watch(ERP, replace(frail, breaker=Breaker(attempts=1)), counts.append)
    Steering(cast("Any", (erp,)), KnownControl(), breakers)
    with capture_logs() as events:
        counts[0](FAILED, monotonic())
        assert 0 == erp.allowed[-1]
        await until(lambda: events[-1]["event"] == "breaker.not_told")


def test_without_a_breaker_nothing_is_counted_and_no_word_of_others_is_heeded() -> None:
    erp = FakeIntake(ERP)
    counts: list[Count] = []
    breakers = Breakers(_give_nobody, "me")
    breakers.watch(ERP, replace(frail, breaker=None), counts.append)
    known = KnownControl()
    Steering(cast("Any", (erp,)), known, breakers)
    opened = order(Ordered.OPENED, topic="orders.create", until=2**52)
    known.take(told(opened), known.state)
    assert ([], [16]) == (counts, erp.allowed)


async def _give_nobody(_: Order) -> None:
    """Write nothing."""
