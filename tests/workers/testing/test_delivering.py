"""The kit for authors' tests: its webhooks are what the ingress would have made, and come to whom
they would come.
"""

from decimal import Decimal
from typing import Any

import pytest
from tenacity import stop_after_delay, wait_fixed

from schemas.payloads import Order
from schemas.topic import BadTopic
from workers import Delivery, Reject, RetryPolicy, consumer
from workers.testing import Again, Dead, Done, deliver, webhook


def test_headers_have_the_lower_case_names_that_production_has() -> None:
    made = webhook(
        "orders/create",
        {},
        headers={"X-Spiffy-Topic": "orders/create", "x-spiffy-shop-domain": "A.example"},
    )
    assert {"x-spiffy-topic": "orders/create", "x-spiffy-shop-domain": "A.example"} == made.headers


@pytest.mark.parametrize(
    ("body", "raw"),
    [
        (b" {}", b" {}"),
        ({"id": 1}, b'{"id":1}'),
        ([1], b"[1]"),
        ({"price": Decimal("19.95")}, b'{"price":"19.95"}'),
        ({"id": 2**70}, b'{"id": 1180591620717411303424}'),
        ({1: "one"}, b'{"1": "one"}'),
    ],
)
def test_a_body_is_the_bytes_that_a_platform_would_have_sent(body: Any, raw: bytes) -> None:
    assert raw == webhook("orders/create", body).body


async def test_an_order_with_decimals_reaches_its_handler_with_the_same_decimals() -> None:
    totals = []

    @consumer("orders/create")
    async def handler(delivery: Delivery[Order]) -> None:
        totals.append(delivery.payload.total_price)

    assert Done() == await deliver(
        handler, webhook("orders/create", {"id": 1, "total_price": Decimal("19.95")})
    )
    assert [Decimal("19.95")] == totals


@pytest.mark.parametrize(
    ("body", "content_type", "advice"),
    [
        ("{}", "application/json", "encode the text"),
        (5, "application/json", "no int"),
        ({"at": object()}, "application/json", "object has no form in JSON"),
        ({"id": 1}, "application/xml", "no application/xml; give the body as bytes"),
    ],
)
def test_a_body_that_no_platform_could_send_is_refused(
    body: Any, content_type: str, advice: str
) -> None:
    with pytest.raises(TypeError, match=advice):
        webhook("orders/create", body, content_type=content_type)


def test_a_topic_that_the_ingress_would_refuse_is_refused() -> None:
    with pytest.raises(BadTopic):
        webhook("orders/*", {})


@consumer("orders/create", "carts/*")
async def erp(delivery: Delivery[bytes]) -> None:
    """Take some topics."""


@pytest.mark.parametrize("topic", ["orders/create", "carts/update"])
async def test_a_webhook_of_a_topic_that_the_consumer_takes_is_delivered(topic: str) -> None:
    assert Done() == await deliver(erp, webhook(topic, {}))


async def test_a_webhook_of_a_topic_that_the_consumer_does_not_take_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"'erp' takes orders/create, carts/\*: no webhook of orders/paid"
    ):
        await deliver(erp, webhook("orders/paid", {}))


@consumer("orders/create", retry=RetryPolicy(wait=wait_fixed(3), stop=stop_after_delay(60)))
async def impatient(delivery: Delivery[bytes]) -> None:
    """Fail, for a minute."""
    raise RuntimeError("busy")


async def test_the_policy_sees_the_time_since_the_first_attempt_that_a_test_gives() -> None:
    order = webhook("orders/create", {})
    assert Again(3, "RuntimeError: busy") == await deliver(
        impatient, order, attempt_number=2, seconds_since_start=30
    )
    dead = await deliver(impatient, order, attempt_number=2, seconds_since_start=61)
    assert isinstance(dead, Dead)
    assert ("expired", "RuntimeError: busy") == (dead.reason, dead.error)
    assert dead.traceback.startswith("Traceback")


@pytest.mark.parametrize("part", ["webhook", "payload", "attempt"])
def test_a_delivery_cannot_be_changed(part: str) -> None:
    with pytest.raises(AttributeError):
        setattr(Delivery(webhook("orders/create", {}), b"{}"), part, None)


@pytest.mark.parametrize(
    "part",
    ["id", "digest", "app", "topic", "shop", "received_at", "content_type", "headers", "body"],
)
def test_a_webhook_has_what_the_design_names_and_it_cannot_be_changed(part: str) -> None:
    made = webhook("orders/create", {})
    before = getattr(made, part)
    with pytest.raises((AttributeError, TypeError)):
        setattr(made, part, None)
    assert before == getattr(made, part)


async def test_an_attempt_before_the_first_is_refused() -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        await deliver(erp, webhook("orders/create", {}), attempt_number=0)


@consumer("orders/create")
async def careful(delivery: Delivery[bytes]) -> None:
    """Tell whether an operator has it run again."""
    raise Reject(f"replayed: {delivery.replayed}")


@pytest.mark.parametrize("replayed", [False, True])
async def test_a_handler_is_told_whether_an_operator_has_it_run_again(replayed: bool) -> None:
    outcome = await deliver(careful, webhook("orders/create", {}), replayed=replayed)
    assert isinstance(outcome, Dead)
    assert f"Reject: replayed: {replayed}" == outcome.error
