"""Example consumers: what a shop's app might do with its webhooks. The demo runs these."""

import os
from pathlib import Path

from tenacity import stop_after_attempt, wait_fixed

from schemas.payloads import Cart, CustomerCredit, Order
from workers import Delivery, Reject, Retry, RetryPolicy, consumer


@consumer("carts/create", "carts/update")
async def abandoned_carts(delivery: Delivery[Cart]) -> None:
    """Note a cart down, to remind its shopper tomorrow."""
    cart = delivery.payload
    total = sum(item.line_price or 0 for item in cart.line_items)
    print(f"cart {cart.id[:8]}…: {len(cart.line_items)} line(s), {total} in all")


@consumer("orders/create", retry=RetryPolicy(wait=wait_fixed(1), stop=stop_after_attempt(5)))
async def erp(delivery: Delivery[Order]) -> None:
    """Book an order. An order with the note "busy 2" finds the ERP busy for two attempts."""
    order = delivery.payload
    note = order.note or ""
    if note.startswith("busy "):
        busy_attempts = int(note.removeprefix("busy "))
        if delivery.attempt <= busy_attempts:
            raise Retry("the ERP is busy", after=1)

    print(f"order {order.name}: booked, {order.total_price} {order.currency}")


@consumer("customer_credits/create")
def ledger(delivery: Delivery[CustomerCredit]) -> None:
    """Write a credit into a ledger; a plain function, so it runs in a thread."""
    closed = Path(os.environ.get("LEDGER_CLOSED", "ledger.closed"))
    if closed.exists():
        raise Reject("the ledger is closed for the month")

    credit = delivery.payload
    customer = credit.customer.name if credit.customer else "nobody"
    print(f"credit {credit.id}: {credit.amount} for {customer}")
