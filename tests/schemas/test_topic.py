"""Topics and patterns, as the platform and the broker understand them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topic import MAX_TOPIC, BadTopic, Topic, TopicPattern

PART = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)


@pytest.mark.parametrize(
    ("raw", "routing_key"),
    [
        ("orders/create", "orders.create"),
        ("fulfillment_orders/placed_on_hold", "fulfillment_orders.placed_on_hold"),
        ("customer.tags_added", "customer.tags_added"),
    ],
)
def test_a_topic_becomes_a_dotted_routing_key(raw: str, routing_key: str) -> None:
    assert routing_key == Topic.parse(raw).routing_key


@pytest.mark.parametrize(
    ("written", "slashed"),
    [
        (Topic("orders/create"), "orders/create"),
        (Topic("customer.tags_added"), "customer/tags_added"),
        (TopicPattern("orders.*"), "orders/*"),
        (TopicPattern("*/*"), "*/*"),
    ],
)
def test_metrics_are_labelled_with_one_spelling_of_a_topic(written: Topic, slashed: str) -> None:
    assert slashed == written.slashed


BAD = [
    "",
    "orders",
    "orders/",
    "/create",
    "orders/create/extra",
    "Orders/Create",
    "orders create",
    "orders/*",
    "orders/#",
    "orders/cr\néate",
    "ördérs/create",
    "orders//create",
    "a/" + "b" * MAX_TOPIC,
    "orders/create\n",
]


@pytest.mark.parametrize("raw", BAD)
def test_what_is_no_topic_is_refused(raw: str) -> None:
    with pytest.raises(BadTopic, match="orders/create"):
        Topic.parse(raw)


@given(PART, PART)
def test_every_topic_has_a_routing_key_of_two_words(resource: str, event: str) -> None:
    topic = Topic.parse(f"{resource}/{event}")
    assert [resource, event] == topic.routing_key.split(".")
    assert topic == f"{resource}/{event}"


@pytest.mark.parametrize(
    ("pattern", "topic", "matches"),
    [
        ("orders/create", "orders/create", True),
        ("orders/create", "orders/updated", False),
        ("orders/*", "orders/updated", True),
        ("orders/*", "carts/update", False),
        ("*/*", "carts/update", True),
        ("*/*", "customer.tags_added", True),
    ],
)
def test_a_pattern_matches_as_the_topic_exchange_does(
    pattern: str, topic: str, matches: bool
) -> None:
    assert matches == TopicPattern.parse(pattern).matches(Topic.parse(topic))


@pytest.mark.parametrize("raw", ["*", "*/create", "orders/#", "orders/cre*", "", "Orders/*"])
def test_what_is_no_pattern_is_refused_by_name(raw: str) -> None:
    with pytest.raises(BadTopic, match="is no topic"):
        TopicPattern.parse(raw)
