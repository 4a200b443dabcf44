"""Which letters a filter means. No broker."""

from typing import Any

import pytest

from schemas.names import WorkQueue
from tests.workers.letters import ONE_TOPIC, PATTERN, letter, unrouted, waiting
from workers.dead_letters import Filter
from workers.settings import SettingsError

DIED: dict[str, Any] = {"webhook_died_ms": 5_000}


@pytest.mark.parametrize(
    ("wanted", "queue", "is_taken"),
    [
        (Filter(), ONE_TOPIC, True),
        (Filter("erp"), ONE_TOPIC, True),
        (Filter("mail"), ONE_TOPIC, False),
        (Filter(topic="orders/create"), ONE_TOPIC, True),
        (Filter(topic="orders.create"), ONE_TOPIC, True),
        (Filter(topic="orders/paid"), ONE_TOPIC, False),
        (Filter(topic="orders/paid"), PATTERN, True),
        (Filter(topic="orders/*"), PATTERN, True),
        (Filter(topic="orders/*"), ONE_TOPIC, False),
        (Filter(topic="carts/create"), PATTERN, False),
        (Filter("erp", "orders/create", "another id"), ONE_TOPIC, True),
    ],
)
def test_a_filter_takes_the_queues_that_may_hold_what_is_meant(
    wanted: Filter, queue: WorkQueue, is_taken: bool
) -> None:
    assert is_taken is wanted.takes_queue(queue)


@pytest.mark.parametrize(
    ("wanted", "topic", "is_taken"),
    [
        (Filter(), "orders/paid", True),
        (Filter(id="w1"), "orders/paid", True),
        (Filter(id="w2"), "orders/paid", False),
        (Filter(topic="orders/paid"), "orders/paid", True),
        (Filter(topic="orders/create"), "orders/paid", False),
        (Filter(topic="orders/*"), "orders/paid", True),
        (Filter("mail"), "orders/paid", True),
        (Filter("erp"), "orders/paid", False),
    ],
)
def test_a_filter_takes_a_letter_by_its_id_and_by_its_own_topic(
    wanted: Filter, topic: str, is_taken: bool
) -> None:
    assert is_taken is wanted.takes(letter(PATTERN, topic))


@pytest.mark.parametrize(
    ("wanted", "is_taken"),
    [
        (Filter(reason="rejected"), True),
        (Filter(reason="crashed"), False),
        (Filter(shop="a shop"), True),
        (Filter(shop="a sho"), False),
        (Filter(error="CLOSED"), True),
        (Filter(error="open"), False),
        (Filter(since_ms=5_000), True),
        (Filter(since_ms=5_001), False),
        (Filter(until_ms=5_001), True),
        (Filter(until_ms=5_000), False),
        (Filter(since_ms=4_000, until_ms=6_000), True),
        (Filter(reason="rejected", shop="another"), False),
    ],
)
def test_a_filter_takes_a_letter_by_why_when_and_for_whom_it_died(
    wanted: Filter, is_taken: bool
) -> None:
    dead = letter(
        webhook_reason="rejected", webhook_shop="a shop", webhook_error="Reject: closed", **DIED
    )
    assert is_taken is wanted.takes(dead)


def test_a_filter_takes_a_letter_by_its_group() -> None:
    one = letter(webhook_reason="rejected", webhook_error="Reject: no")
    other = letter(webhook_reason="exhausted", webhook_error="KeyError: 'x'")
    assert Filter(group=one.group).takes(one)
    assert not Filter(group=one.group).takes(other)


def test_a_filter_takes_an_unrouted_webhook_by_its_own_topic_and_when_it_came() -> None:
    lying = unrouted("orders/paid", webhook_received_ms=5_000)
    assert Filter(topic="orders.paid", since_ms=5_000).takes(lying)
    assert not Filter(topic="orders/create").takes(lying)
    assert not Filter(until_ms=5_000).takes(lying)


@pytest.mark.parametrize(
    ("wanted", "is_taken"),
    [
        (Filter("mail"), True),
        (Filter("erp"), False),
        (Filter(topic="orders/*"), True),
        (Filter(topic="orders/paid"), True),
        (Filter(topic="orders/create"), False),
        (Filter(error="keyerror"), True),
        (Filter(since_ms=5_000), True),
        (Filter(until_ms=5_000), False),
    ],
)
def test_a_filter_takes_what_waits_by_its_queue_its_own_topic_and_since_when(
    wanted: Filter, is_taken: bool
) -> None:
    assert is_taken is wanted.takes(
        waiting(webhook_error="KeyError: 'x'", webhook_waiting_ms=5_000)
    )


def test_what_does_not_say_when_it_died_did_so_before_everything() -> None:
    assert not Filter(since_ms=1).takes(letter())


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"group": "xyz"}, "--group 'xyz': a group is 8 hexadecimal digits"),
    ({"group": "ABCDEF01"}, "--group"),
    ({"reason": "tired"}, "--reason 'tired': there are rejected, exhausted"),
    ({"limit": 0}, "--limit"),
    ({"error": ""}, "--error is empty"),
    ({"shop": ""}, "--shop is empty"),
    ({"since_ms": 5, "until_ms": 5}, "--since is not before --until"),
]


@pytest.mark.parametrize(("asked", "told"), NONSENSE)
def test_a_filter_that_makes_no_sense_is_refused_with_a_sentence(
    asked: dict[str, Any], told: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        Filter(**asked)
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    ("wanted", "is_empty"),
    [
        (Filter(), True),
        (Filter(limit=5), True),
        (Filter(since_ms=0), False),
        (Filter("erp"), False),
    ],
)
def test_a_filter_that_asks_nothing_is_empty_whatever_its_limit(
    wanted: Filter, is_empty: bool
) -> None:
    assert is_empty is wanted.is_empty


def test_a_filter_that_means_no_queue_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError) as caught:
        Filter("nobody", "carts/create").check([PATTERN, ONE_TOPIC])
    told = str(caught.value)
    assert told.startswith("--consumer nobody --topic carts/create: no such queue")
    assert told.endswith("erp orders/create, mail orders/*")


@pytest.mark.parametrize("wanted", [Filter(), Filter(id="w1"), Filter("erp")])
def test_a_filter_that_may_mean_a_queue_is_not_refused(wanted: Filter) -> None:
    wanted.check([ONE_TOPIC])
