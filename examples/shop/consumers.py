"""Example consumers: what a shop's app might do with its webhooks. The demo runs these."""

import os
from pathlib import Path

from tenacity import stop_after_attempt, wait_fixed

from schemas.payloads import Cart, CustomerCredit, Order
from workers import Delivery, Reject, Retry, RetryPolicy, consumer


@consumer("carts/create", "carts/update")
async def abandoned_carts(delivery: Delivery[Cart]) -> None:
    """Note a cart down, to remind its shopper tomorrow."""
    total = sum(item.line_price or 0 for item in delivery.payload.line_items)
    print(
        f"cart {delivery.payload.id[:8]}…: {len(delivery.payload.line_items)} line(s), {total} in all"
    )


@consumer("orders/create", retry=RetryPolicy(wait=wait_fixed(1), stop=stop_after_attempt(5)))
async def erp(delivery: Delivery[Order]) -> None:
    """Book an order. The ERP of this example is busy for an order's first attempts where its note
    says so.
    """
    note = delivery.payload.note or ""
    if note.startswith("busy ") and delivery.attempt <= int(note.removeprefix("busy ")):
        raise Retry("the ERP is busy", after=1)
    print(
        f"order {delivery.payload.name}: booked, {delivery.payload.total_price} {delivery.payload.currency}"
    )


@consumer("customer_credits/create")
def ledger(delivery: Delivery[CustomerCredit]) -> None:
    """Write a credit into a ledger; a plain function, so it runs in a thread."""
    credit = delivery.payload
    if Path(os.environ.get("LEDGER_CLOSED", "ledger.closed")).exists():
        raise Reject("the ledger is closed for the month")
    print(
        f"credit {credit.id}: {credit.amount} for {credit.customer.name if credit.customer else 'nobody'}"
    )
