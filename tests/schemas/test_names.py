"""What apps and consumers may be called, and what follows from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.belonging import contested, queues_for
from schemas.bucket import bucket
from schemas.given_names import MAX_NAME, BadName, check_name
from schemas.names import WorkQueue
from schemas.topic import MAX_TOPIC, Topic, TopicPattern

ERP = WorkQueue.of("spiffy", "erp", TopicPattern.parse("orders/create"))
ANY_ORDER = WorkQueue.of("spiffy", "mail", TopicPattern.parse("orders/*"))
EVERYTHING = WorkQueue.of("spiffy", "log", TopicPattern.parse("*/*"))
OTHER = WorkQueue.of("spiffy", "erp", TopicPattern.parse("carts/update"))

RESERVED = [
    "webhooks",
    "unrouted",
    "retry",
    "return",
    "dead",
    "canary",
    "control",
    "pulse",
    "journal",
    "in",
    "tap",
]


@pytest.mark.parametrize("name", [*RESERVED, "Erp", "1st", "a.b", "", "a" * 61])
def test_names_that_would_meet_others_are_refused(name: str) -> None:
    with pytest.raises(BadName, match="consumer name"):
        check_name("consumer", name)


@pytest.mark.parametrize("name", ["webhooks", "control", "spiffy", "a" * 60])
def test_an_app_may_be_called_by_what_is_reserved_for_its_own_parts(name: str) -> None:
    assert name == check_name("app", name)


@pytest.mark.parametrize(
    ("pattern", "named", "bound"),
    [
        ("orders/create", "orders.create", "orders.create.*"),
        ("customer.tags_added", "customer.tags_added", "customer.tags_added.*"),
        ("orders/*", "orders._any", "orders.*.*"),
        ("*/*", "_any._any", "*.*.*"),
    ],
)
def test_a_work_queue_is_named_without_stars_and_bound_in_every_bucket(
    pattern: str, named: str, bound: str
) -> None:
    queue = WorkQueue.of("spiffy", "erp", TopicPattern.parse(pattern))
    assert f"spiffy.erp.{named}" == queue.name
    assert f"spiffy.dead.erp.{named}" == queue.dead
    assert bound == queue.binding_key


@pytest.mark.parametrize("queue", [ERP, ANY_ORDER, EVERYTHING, *ERP.split(64)])
def test_a_work_queue_is_read_back_from_its_name(queue: WorkQueue) -> None:
    assert queue == WorkQueue.parse(queue.name)


@pytest.mark.parametrize(
    "name",
    [
        "spiffy.unrouted",
        "spiffy.retry.5s",
        "spiffy.dead.erp.orders.create",
        "spiffy.in.orders.create",
        "spiffy.dead.erp.orders.p3",
        "spiffy.erp.orders.create.p64",
        "spiffy.erp.orders.create.p03",
        "spiffy.erp.orders.create.held",
        "a.b.c.",
        "...",
    ],
)
def test_other_names_are_no_work_queues(name: str) -> None:
    assert WorkQueue.parse(name) is None


@given(st.text(alphabet="ab.*_/-", max_size=20))
def test_any_text_is_a_work_queue_by_that_very_name_or_none(name: str) -> None:
    queue = WorkQueue.parse(name)
    assert queue is None or queue.name == name


@pytest.mark.parametrize(
    ("queue", "topic", "taken"),
    [
        (ERP, "orders/create", True),
        (ERP, "orders/paid", False),
        (ANY_ORDER, "orders/paid", True),
        (ANY_ORDER, "carts/update", False),
        (EVERYTHING, "carts/update", True),
    ],
)
def test_a_work_queue_takes_what_its_binding_lets_through(
    queue: WorkQueue, topic: str, taken: bool
) -> None:
    assert taken == queue.takes(Topic.parse(topic))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("orders.create.17", [ERP, EVERYTHING, ANY_ORDER]),  # a webhook
        ("orders.create", [ERP, EVERYTHING, ANY_ORDER]),  # a webhook of the first edition
        ("carts.update.0", [OTHER, EVERYTHING]),
        ("spiffy.erp.orders.create", [ERP]),  # a retry, or a replay
        ("spiffy.mail.orders._any", [ANY_ORDER]),
        ("spiffy.gone.orders.create", []),
        ("canary", []),
        ("", []),
    ],
)
def test_a_message_belongs_to_the_queues_that_its_key_means(
    key: str, expected: list[WorkQueue]
) -> None:
    assert sorted(expected) == queues_for(key, "a shop", [ANY_ORDER, EVERYTHING, ERP, OTHER])


SHOP = "johns-apparel.spiffystores.com"
HOME = ERP.split(8)[bucket(SHOP) % 8]


@pytest.mark.parametrize(
    "key",
    [
        f"orders.create.{bucket(SHOP)}",  # a webhook
        "orders.create",  # one of the first edition
        ERP.name,  # a retry of when there were no partitions
        f"{ERP.name}.p{8 + HOME.partition}",  # one of when there were more
    ],
)
def test_of_partitions_the_one_that_has_the_shop_is_meant(key: str) -> None:
    assert [HOME] == queues_for(key, SHOP, [*ERP.split(8), OTHER])


def test_a_retry_goes_back_to_its_own_partition_while_there_is_one() -> None:
    other = ERP.split(8)[HOME.partition - 1]
    assert [other] == queues_for(other.name, SHOP, ERP.split(8))


def test_partitions_share_what_belongs_to_their_topic() -> None:
    third = ERP.split(8)[3]
    assert ("spiffy.erp.orders.create.p3", ERP.dead, ERP) == (third.name, third.dead, third.whole)
    assert ("orders.create.3", "orders.create.11") == third.bucket_keys[:2]
    assert (ERP,) == ERP.split(0)


@pytest.mark.parametrize(
    ("queues", "expected"),
    [
        ([], []),
        ([*ERP.split(4)], []),
        ([*ERP.split(2), ANY_ORDER], [*ERP.split(2), ANY_ORDER]),
        ([ERP], []),
        ([ERP, OTHER], []),
        ([ERP, ANY_ORDER, OTHER], [ERP, ANY_ORDER]),
        ([OTHER, EVERYTHING, ANY_ORDER], [OTHER, EVERYTHING, ANY_ORDER]),
    ],
)
def test_queues_that_take_a_topic_together_are_contested(
    queues: list[WorkQueue], expected: list[WorkQueue]
) -> None:
    assert sorted(expected) == contested(queues)


def test_the_longest_names_fit_amqp() -> None:
    pattern = TopicPattern.parse("t" * (MAX_TOPIC - 2) + "/*")
    longest = WorkQueue.of("a" * MAX_NAME, "c" * MAX_NAME, pattern)
    assert len(longest.dead + ".p63") <= 255
