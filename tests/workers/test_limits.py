"""Which limits hold: those of the author, unless an operator has ordered others."""

import pytest

from schemas.control import ControlState, fold
from schemas.control_records import ordered
from schemas.names import WorkQueue
from schemas.orders import Order, Ordered
from schemas.rate import Rate
from tests.schemas.orders import NOW, order
from workers.limits import Limits, limits_in_force

ERP = WorkQueue("spiffy", "erp", "orders.create")
MAIL = WorkQueue("spiffy", "mail", "orders.create")
DECLARED = Limits(Rate(60, "m"), 2)


def state_after(*orders: Order) -> ControlState:
    """Return the state after these."""
    state = ControlState()
    for offset, one in enumerate(orders):
        state = fold(state, ordered(one), offset)
    return state


def limited(limit: str, value: str, until: int | None = None) -> Order:
    """Return an order of a limit."""
    return order(Ordered.LIMITED, limit=limit, value=value, until=until)


@pytest.mark.parametrize(
    ("orders", "limits"),
    [
        ([], DECLARED),
        ([limited("rate", "10/s")], Limits(Rate(10, "s"), 2)),
        ([limited("rate", "none")], Limits(None, 2)),
        ([limited("rate", "10/s"), limited("rate", "")], DECLARED),
        ([limited("rate", "10/s", NOW - 1)], DECLARED),
        ([limited("rate", "10/s"), limited("per_shop", "7")], Limits(Rate(10, "s"), 7)),
        ([limited("per_shop_rate", "1/s")], Limits(Rate(60, "m"), 2, Rate(1, "s"))),
    ],
)
def test_the_last_order_that_has_not_ended_holds_for_its_limit(
    orders: list[Order], limits: Limits
) -> None:
    state = state_after(*orders)
    assert limits == limits_in_force(state, ERP, DECLARED, NOW).limits
    assert DECLARED == limits_in_force(state, MAIL, DECLARED, NOW).limits


def test_limits_are_told_as_the_decorator_has_them() -> None:
    assert "rate=60/m per_shop=2" == str(DECLARED)
    assert "" == str(Limits())
