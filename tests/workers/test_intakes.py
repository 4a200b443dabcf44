"""The intakes of a process: where what comes back from a wait is to run."""

from typing import Any, cast

import pytest

from schemas.bucket import bucket
from schemas.control import ControlState, fold
from schemas.layout_records import Step, layout_record
from schemas.names import WorkQueue
from tests.workers.fakes import NOW, FakeChannel, run
from workers import Delivery, consumer
from workers.breakers import Breakers
from workers.broker.copies import copy_of
from workers.broker.telling import TOLD
from workers.broker.under_way import UnderWay
from workers.broker.unsettled import Unsettled
from workers.intakes import Intakes
from workers.outcome import Aside

WHOLE = WorkQueue("app", "erp", "orders.create")
SHOP = next(f"shop-{n}" for n in range(99) if bucket(f"shop-{n}") % 16 == 13)
WAITED = {"webhook_waiting_ms": NOW, "webhook_crashes": 1}


@consumer("orders/create", partitions=8, breaker=None)
async def erp(delivery: Delivery[bytes]) -> None:
    """Take an order."""


def state(*steps: tuple[Step, dict[str, int]]) -> ControlState:
    """Return what the control log says after these steps."""
    said = ControlState()
    for offset, (step, more) in enumerate(steps):
        record = layout_record(step, WHOLE, by="me", at=NOW, **more)
        said = fold(said, record, offset)
    return said


async def _give(*_: object) -> None:
    """Tell nobody."""


def intakes(known: ControlState) -> Intakes:
    """Return those of a consumer with partitions, as this is known of them."""
    nobody = cast("Any", None)
    made = Intakes("app", [erp], nobody, Breakers(_give, by="me"), nobody)
    made.grow(known)
    return made


def came_to(number: int, **headers: Any) -> UnderWay:
    """Return what a partition has handed out of the shop."""
    delivered = run(FakeChannel(), webhook_shop=SHOP, **headers)
    delivered.queue = WHOLE.split(16)[number]
    return delivered


FIRST = (Step.PARTITIONED, {"partitions": 8})
GROWS = (Step.PARTITIONED, {"partitions": 16, "before": 8})
SETTLED: tuple[Step, dict[str, int]] = (Step.SETTLED, {})
HELD = {"webhook_held_of": "m1", "webhook_held_place": 1, "webhook_held_turn": 1}


@pytest.mark.parametrize(
    ("steps", "headers", "home"),
    [
        ([FIRST, GROWS, SETTLED], WAITED, 13),
        ([FIRST, GROWS, SETTLED], {}, 5),
        ([FIRST, GROWS, SETTLED], WAITED | HELD, 5),
        ([FIRST, GROWS], WAITED, 5),
        ([FIRST], WAITED, 5),
        ([], WAITED, 5),
    ],
    ids=["it has grown", "no wait", "held", "it moves just now", "as it was", "nothing is known"],
)
def test_what_comes_back_from_a_wait_runs_where_its_shop_is_by_now(
    steps: list[tuple[Step, dict[str, int]]], headers: dict[str, Any], home: int
) -> None:
    known = intakes(state(*steps))
    assert home == known.home(came_to(5, **headers), SHOP).partition


def test_it_goes_there_as_it_is_uncounted_by_the_shortest_rung() -> None:
    known = intakes(state(FIRST, GROWS, SETTLED))
    (intake,) = [one for one in known.all if one.queue.partition == 5]
    back = came_to(5, webhook_attempt=3, **WAITED)
    outcome = intake.decider.decide(back, Unsettled(1, TOLD))
    assert Aside(0.0, 1) == outcome

    copy = copy_of(back, cast("Any", outcome))
    assert copy is not None
    assert ("app.retry.1s", "app.erp.orders.create.p13") == (copy.exchange, copy.routing_key)
    assert (3, 1) == tuple(
        copy.properties.headers[f"webhook-{name}"] for name in ("attempt", "crashes")
    )
