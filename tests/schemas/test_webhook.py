"""A webhook's passage through a message, and what is no webhook."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from aiormq import spec
from hypothesis import given
from hypothesis import strategies as st

from runtime.amqp.properties import from_library
from schemas.properties import ReceivedProperties
from schemas.topic import Topic
from schemas.webhook import Malformed, Webhook
from tests.schemas.tables import ANYTHING, TABLES

TEXT = st.text(min_size=1, max_size=60)
WEBHOOKS = st.builds(
    Webhook,
    id=TEXT,
    app=st.from_regex(r"[a-z][a-z0-9_-]{0,59}", fullmatch=True),
    topic=st.sampled_from([Topic("orders/create"), Topic("customer.tags_added")]),
    shop=TEXT,
    received_ms=st.integers(0, 2**47 - 1),
    content_type=st.sampled_from(["application/json", "application/xml; charset=utf-8"]),
    body=st.binary(max_size=200),
    headers=st.dictionaries(st.text(st.characters(codec="ascii"), max_size=120), TEXT, max_size=5),
    secret=TEXT,
    traceparent=st.sampled_from(["", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]),
)


def received(webhook: Webhook) -> ReceivedProperties:
    """Return what arrives of a webhook whose properties the AMQP client has written and read."""
    sent = webhook.properties()
    properties = spec.Basic.Properties(
        content_type=sent.content_type,
        message_type=sent.type,
        app_id=sent.app_id,
        headers=dict(sent.headers),
    )
    back = spec.Basic.Properties()
    raw = properties.marshal()
    back.unmarshal(int.from_bytes(raw[:2]), raw[2:])
    return from_library(back)


@given(WEBHOOKS)
def test_a_webhook_survives_its_passage_unchanged(webhook: Webhook) -> None:
    assert webhook == Webhook.of(received(webhook), webhook.body)


@given(WEBHOOKS)
def test_its_time_is_exact_to_the_millisecond(webhook: Webhook) -> None:
    elapsed = webhook.received_at - datetime(1970, 1, 1, tzinfo=UTC)
    assert (
        webhook.received_ms * 1000
        == elapsed.days * 86_400_000_000 + elapsed.seconds * 1_000_000 + elapsed.microseconds
    )


WEBHOOK = Webhook("id", "spiffy", Topic("orders/create"), "shop", 1, "application/json", b"{}")
NOT_OURS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"type": None}, {}, "property type is missing"),
    ({"type": "orders"}, {}, "property type: a topic is"),
    ({"app_id": None}, {}, "app_id"),
    ({"content_type": None}, {}, "content_type"),
    ({}, {"webhook-id": None}, "webhook-id"),
    ({}, {"webhook-id": 7}, "webhook-id"),
    ({}, {"webhook-shop": b"x"}, "webhook-shop"),
    ({}, {"webhook-received-ms": "soon"}, "webhook-received-ms"),
    ({}, {"webhook-received-ms": -1}, "webhook-received-ms"),
    ({}, {"webhook-received-ms": 2**47}, "webhook-received-ms"),
    ({}, {"webhook-received-ms": True}, "webhook-received-ms"),
    ({"headers": {}}, {}, "webhook-received-ms"),
]


@pytest.mark.parametrize(("properties", "headers", "named"), NOT_OURS)
def test_what_is_no_webhook_of_ours_is_malformed_by_name(
    properties: dict[str, Any], headers: dict[str, Any], named: str
) -> None:
    message = received(WEBHOOK)
    message.headers |= headers
    for name, value in properties.items():
        setattr(message, name, value)
    with pytest.raises(Malformed, match=named):
        Webhook.of(message, b"{}")


@given(
    TABLES,
    st.dictionaries(st.sampled_from(["app_id", "type", "content_type"]), ANYTHING),
)
def test_no_header_and_no_property_of_any_type_raises_anything_but_malformed(
    table: dict[str, Any], properties: dict[str, Any]
) -> None:
    message = received(WEBHOOK)
    message.headers |= table
    for name, value in properties.items():
        setattr(message, name, value)
    with suppress(Malformed):
        assert Webhook.of(message, b"").received_at.tzinfo is UTC


def test_a_digest_is_that_of_app_topic_shop_and_body() -> None:
    webhook = replace(
        WEBHOOK, app="spiffy", topic=Topic("orders/create"), shop="shop.example", body=b"{}"
    )
    assert sha256(b"spiffy\norders/create\nshop.example\n{}").hexdigest() == webhook.digest
    assert webhook.digest == replace(webhook, id="another", received_ms=7).digest


def test_a_routing_key_is_topic_and_bucket_of_the_shop() -> None:
    webhook = replace(WEBHOOK, topic=Topic("orders/create"), shop="johns-apparel.spiffystores.com")
    assert "orders.create.13" == webhook.routing_key


def test_a_webhook_does_not_show_its_body() -> None:
    assert "credit card" not in repr(
        replace(WEBHOOK, body=b"credit card", headers={"x": "credit card"})
    )
