"""Which queue of a consumer a copy in the journal goes to."""

import pytest

from schemas.bucket import bucket
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from schemas.topic import TopicPattern
from workers.operate.journal_replay import Takers
from workers.sought import Sought

SHOP = "a.example"
ORDERS = WorkQueue.of("one", "erp", TopicPattern.parse("orders/*"))
CARTS = WorkQueue.of("one", "erp", TopicPattern.parse("carts/update"))


def copy(topic: str) -> ReceivedProperties:
    """Return the properties of a copy."""
    return ReceivedProperties(type=topic, headers={"webhook-shop": SHOP})


def test_a_copy_goes_to_the_queue_of_its_topic_and_no_other() -> None:
    erp = Takers("one", "erp", frozenset({ORDERS, CARTS}))
    assert [ORDERS] == erp.homes(copy("orders/create"))
    assert [CARTS] == erp.homes(copy("carts/update"))


@pytest.mark.parametrize("topic", ["products/create", "", "Nonsense"])
def test_what_the_consumer_does_not_take_goes_nowhere(topic: str) -> None:
    erp = Takers("one", "erp", frozenset({ORDERS}))
    assert not erp.takes("", copy(topic))


def test_where_there_are_partitions_it_goes_to_the_one_that_has_its_shop() -> None:
    erp = Takers("one", "erp", frozenset(ORDERS.split(8)))
    (home,) = erp.homes(copy("orders/create"))
    assert bucket(SHOP) % 8 == home.partition


def test_the_control_log_is_told_for_whom_and_what() -> None:
    chosen = Takers("one", "erp", frozenset()).chosen(Sought(shop=SHOP))
    assert {"journal to": "erp", "shop": SHOP} == chosen.described()
