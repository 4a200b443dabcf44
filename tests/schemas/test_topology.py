"""The topology, held against the design's own table."""

import pytest

from schemas.broker_objects import Binding
from schemas.ladder import LADDER
from schemas.names import WorkQueue
from schemas.pulse_topology import pulse, whole_topology
from schemas.topic import TopicPattern
from schemas.topology import guards, topology

ERP = WorkQueue.of("spiffy", "erp", TopicPattern.parse("orders/create"))
WHOLE = topology("spiffy", [ERP])
QUEUES = {queue.name: queue.arguments for queue in WHOLE.queues}
EXCHANGES = {
    exchange.name: (exchange.type.value, exchange.arguments) for exchange in WHOLE.exchanges
}
AT_LEAST_ONCE = {
    "x-queue-type": "quorum",
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}


def test_the_ingress_needs_the_webhooks_and_unrouted_pair_and_a_canary() -> None:
    pair = topology("spiffy")
    assert ["spiffy.unrouted", "spiffy.webhooks"] == [exchange.name for exchange in pair.exchanges]
    assert ["spiffy.unrouted", "spiffy.canary"] == [queue.name for queue in pair.queues]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("spiffy.webhooks", ("topic", {"alternate-exchange": "spiffy.unrouted"})),
        ("spiffy.unrouted", ("fanout", {})),
        ("spiffy.return", ("direct", {"alternate-exchange": "spiffy.unrouted"})),
        ("spiffy.dead", ("direct", {})),
        ("spiffy.retry.5s", ("fanout", {})),
    ],
)
def test_exchanges_are_as_designed(name: str, expected: object) -> None:
    assert expected == EXCHANGES[name]


def test_a_work_queue_dead_letters_to_dead_under_its_own_name_and_never_into_the_ladder() -> None:
    assert QUEUES["spiffy.erp.orders.create"] == AT_LEAST_ONCE | {
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": "spiffy.dead",
        "x-dead-letter-routing-key": "spiffy.erp.orders.create",
    }


@pytest.mark.parametrize("rung", LADDER)
def test_a_rung_returns_what_waited_under_the_key_it_came_with(rung: int) -> None:
    assert QUEUES[f"spiffy.retry.{rung}s"] == AT_LEAST_ONCE | {
        "x-message-ttl": rung * 1000,
        "x-delivery-limit": 2**31 - 1,
        "x-dead-letter-exchange": "spiffy.return",
    }


@pytest.mark.parametrize("name", ["spiffy.unrouted", "spiffy.dead.erp.orders.create"])
def test_queues_that_are_looked_through_have_no_end(name: str) -> None:
    assert QUEUES[name] == {"x-queue-type": "quorum", "x-delivery-limit": 2**31 - 1}


def test_a_work_queue_is_bound_by_topic_by_its_name_and_its_dead_queue_too() -> None:
    name = "spiffy.erp.orders.create"
    assert {
        Binding("spiffy.webhooks", name, "orders.create.*"),
        Binding("spiffy.return", name, name),
        Binding("spiffy.dead", "spiffy.dead.erp.orders.create", name),
    } == {
        binding
        for binding in WHOLE.bindings
        if ERP.name in binding.routing_key or ERP.name in binding.queue
    }


def test_everything_is_declared_before_it_is_bound() -> None:
    for binding in WHOLE.bindings:
        assert binding.exchange in EXCHANGES
        assert binding.queue in QUEUES


def test_a_pattern_is_bound_with_stars_and_named_without() -> None:
    any_order = WorkQueue.of("spiffy", "erp", TopicPattern.parse("orders/*"))
    bindings = topology("spiffy", [any_order]).bindings
    assert Binding("spiffy.webhooks", "spiffy.erp.orders._any", "orders.*.*") in bindings
    assert Binding("spiffy.return", "spiffy.erp.orders._any", "spiffy.erp.orders._any") in bindings
    assert (
        Binding("spiffy.dead", "spiffy.dead.erp.orders._any", "spiffy.erp.orders._any") in bindings
    )


def test_the_control_log_is_a_stream_of_twenty_megabytes() -> None:
    assert EXCHANGES["spiffy.control"] == ("fanout", {})
    assert QUEUES["spiffy.control"] == {
        "x-queue-type": "stream",
        "x-max-length-bytes": 20_000_000,
        "x-stream-max-segment-size-bytes": 1_000_000,
    }
    assert Binding("spiffy.control", "spiffy.control", "") in WHOLE.bindings


def test_the_pulse_is_a_stream_of_an_hour_that_webhooks_do_without() -> None:
    stream = pulse("spiffy")
    assert [("spiffy.pulse", "fanout")] == [(one.name, one.type) for one in stream.exchanges]
    (queue,) = stream.queues
    assert ("spiffy.pulse", "stream") == (queue.name, queue.arguments["x-queue-type"])
    assert ("1h", 100_000_000) == (
        queue.arguments["x-max-age"],
        queue.arguments["x-max-length-bytes"],
    )
    assert (Binding("spiffy.pulse", "spiffy.pulse", ""),) == stream.bindings
    assert "spiffy.pulse" not in QUEUES
    assert {*QUEUES, "spiffy.pulse"} == {one.name for one in whole_topology("spiffy", [ERP]).queues}


def test_webhooks_come_in_last_so_that_what_comes_can_be_retried_and_topic_by_topic() -> None:
    patterns = {"carts/update", "orders/create"}
    queues = [
        WorkQueue.of("spiffy", consumer, TopicPattern.parse(pattern))
        for consumer in ("erp", "mail")
        for pattern in patterns
    ]
    bindings = topology("spiffy", queues).bindings
    assert [
        ("spiffy.webhooks", "spiffy.erp.carts.update"),
        ("spiffy.webhooks", "spiffy.mail.carts.update"),
        ("spiffy.webhooks", "spiffy.erp.orders.create"),
        ("spiffy.webhooks", "spiffy.mail.orders.create"),
    ] == [(binding.exchange, binding.queue) for binding in bindings[-4:]]


def test_nothing_but_work_queues_and_the_canary_is_bound_to_webhooks() -> None:
    assert {"spiffy.canary", ERP.name} == {
        one.queue for one in WHOLE.bindings if one.exchange == "spiffy.webhooks"
    }


def test_a_guard_stands_for_each_topic_that_is_being_bound() -> None:
    other = WorkQueue.of("spiffy", "mail", TopicPattern.parse("orders/create"))
    every = WorkQueue.of("spiffy", "log", TopicPattern.parse("*/*"))
    assert guards("spiffy", [ERP, other, every]) == (
        Binding("spiffy.webhooks", "spiffy.unrouted", "*.*.*"),
        Binding("spiffy.webhooks", "spiffy.unrouted", "orders.create.*"),
    )
