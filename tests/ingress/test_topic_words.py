"""What platforms call their events, as topics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress.topic_words import two_words
from schemas.topic import Topic

NAMES = [
    ("orders/create", "orders/create"),
    ("invoice.paid", "invoice.paid"),
    ("issues/opened", "issues/opened"),
    ("push", "push/event"),
    ("customer.subscription.created", "customer-subscription.created"),
    ("checkout.session.async_payment_failed", "checkout-session.async_payment_failed"),
    ("cart/lineItem/created", "cart-line_item/created"),
    ("order/statusUpdated", "order/status_updated"),
    ("v1.billing.meter.no_meter_found", "v1-billing-meter.no_meter_found"),
    ("customer.custom_attribute.owned.visible", "customer-custom_attribute-owned.visible"),
    ("USER.CREATED", "user.created"),
]


@pytest.mark.parametrize(("name", "topic"), NAMES)
def test_an_event_becomes_a_topic_of_two_words(name: str, topic: str) -> None:
    assert topic == Topic.parse(two_words(name))


@pytest.mark.parametrize("name", ["", ".", "a b", "é.created", "a.", "/b", "x" * 200])
def test_what_cannot_be_a_topic_stays_wrong(name: str) -> None:
    with pytest.raises(ValueError, match="a topic is two"):
        Topic.parse(two_words(name))


WORD = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
EVENTS = st.lists(WORD, min_size=2, max_size=5).map(".".join)


@given(EVENTS, EVENTS)
def test_two_events_never_become_one_topic(one: str, other: str) -> None:
    assert (one == other) == (two_words(one) == two_words(other))
