"""The consumers of the operator's page: what it shows has happened to them."""

import os
from typing import Any

from tenacity import stop_after_attempt

from schemas.payloads import Order
from workers import Delivery, Reject, RetryPolicy, consumer

ONCE = RetryPolicy(stop=stop_after_attempt(1))


def tax_of(order: dict[str, Any]) -> str:
    """Return what an order says of taxes: the bug of the story, until the fix is there."""
    if os.path.exists(os.environ["FIXED"]):
        return str(order.get("tax", 0))
    return str(order["tax"])


@consumer("orders/create", retry=ONCE)
async def erp(delivery: Delivery[dict[str, Any]]) -> None:
    """Book an order, with its taxes."""
    tax_of(delivery.payload)


@consumer("orders/create")
async def mail(delivery: Delivery[Order]) -> None:
    """Refuse what has no address to write to."""
    if not delivery.payload.email:
        raise Reject("no address to write to")
