"""Consumers with which something is wrong, so that `make console` has something to show."""

import asyncio
from typing import Any

from tenacity import stop_after_attempt, wait_fixed

from workers import Delivery, Reject, Retry, RetryPolicy, consumer

TWICE = RetryPolicy(wait=wait_fixed(1), stop=stop_after_attempt(2))
"""So that what fails is a dead letter soon."""
Payload = dict[str, Any]


def tax_of(order: Payload) -> str:
    """Return an order's tax; some orders have none, which nobody has thought of."""
    lines = order["tax_lines"]
    return str(lines[0]["price"])


@consumer("orders/create", retry=TWICE)
async def erp(delivery: Delivery[Payload]) -> None:
    """Book an order, unless it has no tax, or the ERP does not answer."""
    await asyncio.sleep(0.05)
    order = delivery.payload
    if order.get("note") == "slow":
        raise TimeoutError("the ERP timed out after 10 s")
    tax_of(order)


@consumer("orders/create", "customers/create")
async def mail(delivery: Delivery[Payload]) -> None:
    """Write to the customer; the mail server asks for patience."""
    if delivery.payload.get("note") == "busy":
        raise Retry("the mail server is busy", after=1800)


@consumer("customer_credits/create", retry=TWICE)
async def ledger(delivery: Delivery[Payload]) -> None:
    """Write a credit into a ledger that is closed."""
    amount = delivery.payload["amount"]
    raise Reject(f"the ledger is closed for the month: no credit of {amount}")


@consumer("orders/*", partitions=4)
async def search(delivery: Delivery[Payload]) -> None:
    """Index an order."""
    seconds = 0.02 * len(delivery.payload.get("line_items", ()))
    await asyncio.sleep(seconds)


@consumer("customers/create")
async def newsletter(delivery: Delivery[Payload]) -> None:
    """Subscribe a customer; `make console` pauses it."""
    print(f"customer {delivery.payload['id']}: subscribed")
