"""A topology as text: a tree for people, definitions for RabbitMQ."""

from schemas.broker_objects import Binding, Exchange, ExchangeType, Queue, Topology
from workers.topology_text import definitions, tree

WHOLE = Topology(
    (
        Exchange("in", ExchangeType.TOPIC, {"alternate-exchange": "lost"}),
        Exchange("lost", ExchangeType.FANOUT, {}),
    ),
    (
        Queue("work", {"x-queue-type": "quorum", "x-delivery-limit": -1}),
        Queue("unrouted", {"x-queue-type": "quorum"}),
    ),
    (Binding("in", "work", "orders.create"), Binding("lost", "unrouted", "")),
)


def test_a_tree_shows_each_exchange_and_under_it_its_queues_with_what_is_not_plain() -> None:
    assert [
        "in  (topic)  [alternate-exchange=lost]",
        "  └─ orders.create → work  [delivery-limit=-1]",
        "lost  (fanout)",
        "  └─ unrouted",
    ] == tree(WHOLE).split("\n")


def test_definitions_hold_all_of_it_durable_in_the_virtual_host() -> None:
    durable = {"vhost": "shop", "durable": True, "auto_delete": False}
    bound = {"vhost": "shop", "destination_type": "queue", "arguments": {}}
    exported = definitions(WHOLE, "shop")
    assert [
        {"name": "in", "type": "topic", "internal": False}
        | durable
        | {"arguments": {"alternate-exchange": "lost"}},
        {"name": "lost", "type": "fanout", "internal": False, "arguments": {}} | durable,
    ] == exported["exchanges"]
    assert [
        durable | {"name": queue.name, "arguments": queue.arguments} for queue in WHOLE.queues
    ] == exported["queues"]
    assert [
        bound | {"source": "in", "destination": "work", "routing_key": "orders.create"},
        bound | {"source": "lost", "destination": "unrouted", "routing_key": ""},
    ] == exported["bindings"]
