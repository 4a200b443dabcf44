"""The topology, held against the design's own table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topic import MAX_TOPIC, Topic, TopicPattern
from schemas.topology import LADDER, MAX_NAME, BadName, Binding, WorkQueue, check_name, rung_for, topology

ERP = WorkQueue.of("spiffy", "erp", TopicPattern.parse("orders/create"))
WHOLE = topology("spiffy", [ERP])
QUEUES = {queue.name: queue.arguments for queue in WHOLE.queues}
EXCHANGES = {exchange.name: (exchange.type.value, exchange.arguments) for exchange in WHOLE.exchanges}
AT_LEAST_ONCE = {"x-queue-type": "quorum", "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}


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
        "x-dead-letter-exchange": "spiffy.return",
    }


@pytest.mark.parametrize("name", ["spiffy.unrouted", "spiffy.dead.erp.orders.create", "spiffy.catalogue"])
def test_queues_that_are_looked_through_have_no_end(name: str) -> None:
    assert QUEUES[name] == {"x-queue-type": "quorum", "x-delivery-limit": 2**31 - 1}


def test_a_work_queue_is_bound_by_topic_by_its_name_and_its_dead_queue_too() -> None:
    name = "spiffy.erp.orders.create"
    assert {
        Binding("spiffy.webhooks", name, "orders.create"),
        Binding("spiffy.return", name, name),
        Binding("spiffy.dead", "spiffy.dead.erp.orders.create", name),
    } == {binding for binding in WHOLE.bindings if ERP.name in binding.routing_key or ERP.name in binding.queue}


def test_everything_is_declared_before_it_is_bound() -> None:
    for binding in WHOLE.bindings:
        assert binding.exchange in EXCHANGES
        assert binding.queue in QUEUES


def test_the_longest_names_fit_amqp() -> None:
    longest = WorkQueue("a" * MAX_NAME, "c" * MAX_NAME, "t" * MAX_TOPIC)
    assert len(longest.dead + ".p99") <= 255


def test_a_work_queue_is_read_back_from_its_name() -> None:
    assert WorkQueue.parse(ERP.name) == ERP
    assert WorkQueue.parse("spiffy.erp.orders.*") == WorkQueue.of("spiffy", "erp", TopicPattern.parse("orders/*"))
    assert WorkQueue.parse("spiffy.dead.erp.orders.create") is None
    assert WorkQueue.parse("spiffy.unrouted") is None


def test_a_work_queue_takes_what_its_binding_lets_through() -> None:
    assert ERP.takes(Topic("orders/create"))
    assert not ERP.takes(Topic("orders/paid"))


@given(st.floats(min_value=-10, max_value=86_400))
def test_a_rung_is_never_shorter_than_the_delay_and_the_next_shorter_one_would_be(delay: float) -> None:
    rung = rung_for(delay)
    assert rung >= delay
    assert all(shorter < delay for shorter in LADDER if shorter < rung)


@given(st.floats(min_value=86_400))
def test_a_delay_beyond_the_ladder_waits_on_its_last_rung(delay: float) -> None:
    assert LADDER[-1] == rung_for(delay)


@pytest.mark.parametrize("name", ["webhooks", "unrouted", "retry", "return", "dead", "Erp", "1st", "a.b", "", "a" * 61])
def test_names_that_would_meet_others_are_refused(name: str) -> None:
    with pytest.raises(BadName, match="consumer name"):
        check_name("consumer", name)
