"""Dead letters: which ones a filter means, and how each is described. No broker."""

from typing import Any

import pytest

from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from schemas.topic import TopicPattern
from workers.broker.browse import HeldMessage
from workers.dead_letters import Filter, page, row
from workers.settings import SettingsError

ONE_TOPIC = WorkQueue.of("app", "erp", TopicPattern.parse("orders/create"))
PATTERN = WorkQueue.of("app", "mail", TopicPattern.parse("orders/*"))


def letter(topic: str = "orders/create", **headers: Any) -> HeldMessage:
    """Return a dead letter with these headers, beside its id."""
    written = {name.replace("_", "-"): value for name, value in headers.items()}
    properties = ReceivedProperties(
        content_type="application/json",
        type=topic,
        headers={"webhook-id": "w1"} | written,
    )
    nobody: Any = None
    return HeldMessage(nobody, 1, "", properties, b'{"id": 1}')


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
    ("wanted", "queue", "topic", "is_taken"),
    [
        (Filter(), PATTERN, "orders/paid", True),
        (Filter(id="w1"), PATTERN, "orders/paid", True),
        (Filter(id="w2"), PATTERN, "orders/paid", False),
        (Filter(topic="orders/paid"), PATTERN, "orders/paid", True),
        (Filter(topic="orders/create"), PATTERN, "orders/paid", False),
        (Filter(topic="orders/*"), PATTERN, "orders/paid", True),
    ],
)
def test_a_filter_takes_a_letter_by_its_id_and_by_its_own_topic(
    wanted: Filter, queue: WorkQueue, topic: str, is_taken: bool
) -> None:
    assert is_taken is wanted.takes(queue, letter(topic))


def test_a_filter_that_means_no_queue_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError) as caught:
        Filter("nobody", "carts/create").check([PATTERN, ONE_TOPIC])
    told = str(caught.value)
    assert told.startswith("--consumer nobody --topic carts/create: no such queue")
    assert told.endswith("erp orders.create, mail orders.*")


@pytest.mark.parametrize("wanted", [Filter(), Filter(id="w1"), Filter("erp")])
def test_a_filter_that_may_mean_a_queue_is_not_refused(wanted: Filter) -> None:
    wanted.check([ONE_TOPIC])


def test_a_row_says_of_a_letter_what_fits_a_line() -> None:
    dead = letter(
        webhook_shop="a shop",
        webhook_reason="rejected",
        webhook_attempt=3,
        webhook_error="Reject: closed",
        webhook_died_ms=1_800_000_000_000,
    )
    assert {
        "id": "w1",
        "consumer": "erp",
        "topic": "orders/create",
        "shop": "a shop",
        "reason": "rejected",
        "attempt": 3,
        "replays": 0,
        "died": "2027-01-15T08:00:00+00:00",
        "error": "Reject: closed",
    } == row(ONE_TOPIC, dead)


def test_a_letter_that_does_not_say_when_it_died_has_no_time() -> None:
    assert "" == row(ONE_TOPIC, letter())["died"]


def test_a_page_adds_the_body_the_traceback_and_every_other_header() -> None:
    dead = letter(webhook_traceback="line 1", of_a_stranger="x")
    assert row(ONE_TOPIC, dead) | {
        "queue": ONE_TOPIC.dead,
        "content_type": "application/json",
        "traceback": "line 1",
        "headers": {"webhook-id": "w1", "of-a-stranger": "x"},
        "body": '{"id": 1}',
    } == page(ONE_TOPIC, dead)
