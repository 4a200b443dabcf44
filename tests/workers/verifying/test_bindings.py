"""Bindings: each that is missing is told, and each that Hookline would never make."""

from dataclasses import replace

import pytest

from schemas.broker_objects import Binding, Destination
from schemas.names import WorkQueue
from schemas.topology import guards, topology
from workers.verifying.bindings import (
    COMES_TWICE,
    UNROUTED_COUNTS_AS_ROUTED,
    Bound,
    foreign,
    missing,
)

ERP = WorkQueue("one", "erp", "orders.create")
OTHER = WorkQueue("one", "mail", "orders._any")
WHOLE = topology("one", [ERP])
QUEUES = [queue.name for queue in WHOLE.queues]


def bound(binding: Binding, kind: str = "queue") -> Bound:
    """Return a binding as the broker shows it."""
    led = replace(binding, kind=Destination(kind))
    return Bound(led, binding.routing_key.replace("#", "%23") or "~")


OURS = [bound(binding, binding.kind) for binding in WHOLE.bindings]


def test_on_a_broker_that_was_declared_nothing_is_missing_and_nothing_foreign() -> None:
    assert [] == missing(WHOLE, OURS, QUEUES)
    assert [] == foreign("one", "/", OURS)


@pytest.mark.parametrize("gone", OURS, ids=lambda one: one.binding.queue + one.binding.exchange)
def test_a_binding_that_is_missing_is_told_with_the_way_out(gone: Bound) -> None:
    (line,) = missing(WHOLE, [one for one in OURS if one is not gone], QUEUES)
    assert line.startswith(f"binding {gone.binding.exchange} → {gone.binding.queue}")
    assert "topology declare` makes it" in line


def test_of_a_queue_that_is_missing_itself_no_binding_is_told() -> None:
    left = [one for one in OURS if one.binding.queue != ERP.name]
    assert [] == missing(WHOLE, left, [name for name in QUEUES if name != ERP.name])


def test_the_same_binding_to_an_exchange_is_not_the_one_to_the_queue() -> None:
    (first, *rest) = OURS
    assert missing(WHOLE, [bound(first.binding, "exchange"), *rest], QUEUES)


IN = "one.webhooks"
FOREIGN = [
    (IN, "tap", "#", "queue", UNROUTED_COUNTS_AS_ROUTED),
    (IN, "tap", "#", "exchange", UNROUTED_COUNTS_AS_ROUTED),
    (IN, ERP.name, "orders.*.*", "queue", UNROUTED_COUNTS_AS_ROUTED),
    (IN, ERP.name, "orders.create", "queue", UNROUTED_COUNTS_AS_ROUTED),
    (IN, "two.erp.orders.create", "orders.create.*", "queue", UNROUTED_COUNTS_AS_ROUTED),
    (IN, "one.canary", "#", "queue", UNROUTED_COUNTS_AS_ROUTED),
    ("one.return", "tap", ERP.name, "queue", COMES_TWICE),
    ("one.return", ERP.name, "orders.create", "queue", COMES_TWICE),
    ("one.dead", ERP.name, ERP.name, "queue", COMES_TWICE),
    ("one.dead", OTHER.dead, ERP.name, "queue", COMES_TWICE),
    ("one.retry.5s", "tap", "", "queue", COMES_TWICE),
]


@pytest.mark.parametrize(("exchange", "to", "key", "kind", "told"), FOREIGN)
def test_what_hookline_would_never_bind_is_told_with_what_comes_of_it(
    exchange: str, to: str, key: str, kind: str, told: str
) -> None:
    (line,) = foreign("one", "my/shop", [bound(Binding(exchange, to, key), kind)])
    assert line.startswith(f"binding {exchange} → {to}")
    assert told in line
    assert f"DELETE /api/bindings/my%2Fshop/e/{exchange}/{kind[0]}/{to}/" in line


MAY_BE = [
    bound(Binding(IN, OTHER.name, OTHER.binding_key)),  # another consumer's
    bound(guards("one", [ERP])[0]),  # while others are being bound
    bound(Binding("one.return", ERP.name, OTHER.name)),  # stands in for a retired one
    bound(Binding("one.unrouted", "seen", "")),  # a copy of what nobody takes harms nobody
    bound(Binding("one.control", "audit", "")),
    bound(Binding("two.webhooks", "tap", "#")),
]


@pytest.mark.parametrize("one", MAY_BE, ids=lambda one: one.binding.queue)
def test_what_others_of_the_app_bind_and_what_harms_nobody_is_not_told(one: Bound) -> None:
    assert [] == foreign("one", "/", [one])
