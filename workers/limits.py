"""A consumer's limits: what its author declares, and what operators order in its place. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from schemas.control import ControlState
from schemas.in_force import in_force
from schemas.limits import NO_LIMIT
from schemas.names import WorkQueue
from schemas.orders import Order, Subject
from schemas.rate import Rate


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a consumer's webhooks is attempted, by all workers together.

    `rate`: attempts in a time; `per_shop`: of one shop at once; `per_shop_rate`: of one shop in a
    time.
    """

    rate: Rate | None = None
    per_shop: int | None = None
    per_shop_rate: Rate | None = None

    def __str__(self) -> str:
        """Return them as they are written in the decorator: `rate=60/m per_shop=2`."""
        declared = (f"{one.value}={getattr(self, one.value)}" for one in READS)
        return " ".join(one for one in declared if not one.endswith("=None"))


UNLIMITED = Limits()

READS: dict[Subject, Callable[[str], Rate | int]] = {
    Subject.RATE: Rate.parse,
    Subject.PER_SHOP: int,
    Subject.PER_SHOP_RATE: Rate.parse,
}
"""How the value of each is read from an order, which was checked when it was read."""


@dataclass(frozen=True, slots=True)
class LimitsNow:
    """The limits that hold at a time, and the orders by which they are not what was declared."""

    limits: Limits
    orders: tuple[Order, ...] = ()


def limits_in_force(
    state: ControlState, queue: WorkQueue, declared: Limits, now_ms: int
) -> LimitsNow:
    """Return the limits of a queue's consumer then."""
    limits = declared
    orders = []
    for subject, read in READS.items():
        order = in_force(state, subject, queue, now_ms)
        if order is None:
            continue
        value = None if order.value == NO_LIMIT else read(order.value)
        changed: dict[str, Any] = {subject.value: value}
        limits = replace(limits, **changed)
        orders.append(order)
    return LimitsNow(limits, tuple(orders))
