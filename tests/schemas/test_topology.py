"""The topology, held against the design's own table."""

from dataclasses import replace

import pytest

from schemas.belonging import queues_for
from schemas.broker_objects import Binding, Destination
from schemas.ladder import LADDER
from schemas.names import WorkQueue
from schemas.pulse_topology import pulse, whole_topology
from schemas.quorum import BROWSE_LIMIT
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


EIGHT = ERP.split(8)
DIVIDED = topology("spiffy", EIGHT)
BUCKETS = "spiffy.erp.orders.create.buckets"
MOVED = "spiffy.erp.orders.create.moved"


def test_a_partition_is_a_work_queue_with_one_consumer_at_a_time() -> None:
    queues = {queue.name: queue.arguments for queue in DIVIDED.queues}
    assert (
        AT_LEAST_ONCE
        | {
            "x-delivery-limit": 20,
            "x-dead-letter-exchange": "spiffy.dead",
            "x-dead-letter-routing-key": "spiffy.erp.orders.create.p3",
            "x-single-active-consumer": True,
        }
        == queues["spiffy.erp.orders.create.p3"]
    )
    assert "spiffy.erp.orders.create" not in queues
    assert ["spiffy.dead.erp.orders.create"] == [name for name in queues if ".dead." in name]


def test_what_one_exchange_does_not_know_of_goes_to_the_next_and_at_last_to_unrouted() -> None:
    exchanges = {one.name: one.arguments.get("alternate-exchange") for one in DIVIDED.exchanges}
    assert (MOVED, "spiffy.unrouted") == (exchanges[BUCKETS], exchanges[MOVED])


def test_every_bucket_is_bound_to_one_partition_and_nothing_to_where_it_moves() -> None:
    bound = {
        one.routing_key: one.queue for one in DIVIDED.bindings if one.exchange in (BUCKETS, MOVED)
    }
    assert {f"orders.create.{n}": f"spiffy.erp.orders.create.p{n % 8}" for n in range(64)} == bound
    assert (
        Binding("spiffy.webhooks", BUCKETS, "orders.create.*", Destination.EXCHANGE)
        == DIVIDED.bindings[-1]
    )


def test_a_retry_comes_back_to_the_partition_that_stands_for_the_one_it_is_called_after() -> None:
    back = [one for one in DIVIDED.bindings if one.exchange == "spiffy.return"]
    named = "spiffy.erp.orders.create.p{}".format
    assert {named(n): named(n % 8) for n in range(64)} == {
        one.routing_key: one.queue for one in back
    }


def test_while_buckets_move_nobody_binds_them_but_who_moves_them() -> None:
    moving = topology("spiffy", EIGHT, moving={ERP})
    assert DIVIDED.queues == moving.queues
    assert not [one for one in moving.bindings if one.exchange in (BUCKETS, MOVED)]
    back = [one.routing_key for one in moving.bindings if one.exchange == "spiffy.return"]
    assert [queue.name for queue in EIGHT] == back


def test_a_partition_that_is_to_go_gets_nothing_any_more_but_buries_its_dead() -> None:
    (going,) = [WorkQueue.parse("spiffy.erp.orders.create.p9")]
    assert going is not None
    bindings = topology("spiffy", [*EIGHT, going], moving={ERP}).bindings
    assert [Binding("spiffy.dead", ERP.dead, going.name)] == [
        one for one in bindings if going.name in (one.queue, one.routing_key)
    ]


def test_an_ordered_partition_has_a_queue_beside_it_for_what_it_holds_back() -> None:
    ordered = [replace(queue, ordered=True) for queue in EIGHT]
    more = topology("spiffy", ordered)
    plain = topology("spiffy", EIGHT)
    held = [queue for queue in more.queues if queue not in plain.queues]
    assert [f"{queue.name}.held" for queue in EIGHT] == [queue.name for queue in held]
    assert {"x-single-active-consumer": True, "x-delivery-limit": BROWSE_LIMIT} == {
        name: value for name, value in held[0].arguments.items() if name != "x-queue-type"
    }
    own = [Binding("spiffy.return", queue.name, queue.name) for queue in held]
    assert set(own) == set(more.bindings) - set(plain.bindings)


def test_what_was_to_be_held_of_a_partition_belongs_to_that() -> None:
    fourth = EIGHT[3]
    assert [fourth] == queues_for(f"{fourth.name}.held", "a shop", EIGHT)
