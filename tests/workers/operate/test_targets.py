"""Which queues an order is for."""

import pytest

from schemas.control import ControlState
from schemas.queue_facts import QueueFact
from workers.operate.targets import UnknownTarget, queues_meant

WANTED = ["app.erp.orders.create", "app.erp.orders._any", "app.mail.carts.update", "b.erp.x.y"]
STATE = ControlState(2, {name: QueueFact("host", 1, 0) for name in WANTED})
RETIRED = QueueFact("host", 1, 0, retired=True)


@pytest.mark.parametrize(
    ("consumer", "topic", "queues"),
    [
        ("erp", None, ["app.erp.orders._any", "app.erp.orders.create"]),
        ("erp", "orders/create", ["app.erp.orders.create"]),
        ("erp", "orders.create", ["app.erp.orders.create"]),
        ("erp", "orders/*", ["app.erp.orders._any"]),
        ("mail", None, ["app.mail.carts.update"]),
    ],
)
def test_an_order_is_for_all_of_a_consumers_queues_or_one(
    consumer: str, topic: str | None, queues: list[str]
) -> None:
    assert queues == [queue.name for queue in queues_meant(STATE, "app", consumer, topic)]


@pytest.mark.parametrize(
    ("consumer", "topic"),
    [
        ("epr", None),
        ("erp", "orders/paid"),  # its pattern takes them, with all others of orders
        ("mail", "orders/create"),
        ("erp", ""),  # a variable of a script that is not set
        ("erp", "x/y"),  # another app's
        ("", None),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(consumer: str, topic: str | None) -> None:
    with pytest.raises(UnknownTarget) as refused:
        queues_meant(STATE, "app", consumer, topic)
    there = "erp orders/*, erp orders/create, mail carts/update"
    assert str(refused.value).endswith(f"consumers and topics of the app: {there}")


def test_a_retired_consumer_is_not_there() -> None:
    state = ControlState(2, {"app.erp.orders.create": RETIRED})
    with pytest.raises(UnknownTarget, match="none yet"):
        queues_meant(state, "app", "erp", None)
