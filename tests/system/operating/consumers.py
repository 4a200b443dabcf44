"""The consumers of the operator's page: what it shows has happened to them."""

import os
from typing import Any

from tenacity import stop_after_attempt

from schemas.payloads import Order
from workers import Delivery, Reject, Retry, RetryPolicy, consumer

ONCE = RetryPolicy(stop=stop_after_attempt(1))


def tax_of(order: dict[str, Any]) -> str:
    """Return what an order says of taxes: the bug of the story, until the fix is there."""
    if os.path.exists(os.environ["FIXED"]):
        return str(order.get("tax", 0))
    return str(order["tax"])


@consumer("orders/create", retry=ONCE, replay="safe")
async def erp(delivery: Delivery[dict[str, Any]]) -> None:
    """Book an order, with its taxes."""
    tax_of(delivery.payload)


@consumer("customers/update", partitions=2, ordered=True, replay="safe")
async def ledger(delivery: Delivery[bytes]) -> None:
    """Find the books closed."""
    raise Retry("the books are closed", after=3_600)


@consumer("products/update", partitions=2, ordered=True, on_dead="halt", replay="safe")
async def stock(delivery: Delivery[dict[str, Any]]) -> None:
    """Know none of the products, until the fix is there."""
    if not os.path.exists(os.environ["FIXED"]):
        raise Reject("unknown SKU")


@consumer("orders/create", replay="never")
async def mail(delivery: Delivery[Order]) -> None:
    """Refuse what has no address to write to; find one of the addresses hard to reach."""
    if not delivery.payload.email:
        raise Reject("no address to write to")
    if delivery.payload.email.startswith("busy@") and delivery.attempt == 1:
        raise Retry("the mail server is busy", after=3_600)
