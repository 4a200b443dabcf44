"""Parcels ordered from a carrier whose service fails now and then: each once, and none forgotten.

pip install 'hookline[postgres]'
export BOOKS=postgresql://user:password@host/database CARRIER=http://127.0.0.1:8090/parcels
python -m shop.dispatch                    # makes the tables
python -m shop.carrier &                   # a carrier to try it with: `touch carrier.down`
hookline-workers run shop.booking shop.dispatch
"""

import asyncio
import os
from http import HTTPStatus
from typing import Any

import aiohttp
import asyncpg
from tenacity import stop_after_attempt, wait_exponential

from schemas.payloads import Order
from shop.booking import CLAIMS, books
from workers import Breaker, Delivery, Later, Once, Reject, RetryPolicy, consumer

BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
TABLES = f"""
CREATE TABLE IF NOT EXISTS parcels (order_id bigint, label text);
{CLAIMS.schema}
"""


@consumer(
    "orders/create",
    once=Once(CLAIMS, window="48h"),
    timeout=20,
    max_age=7 * 86_400,
    retry=RetryPolicy(wait=wait_exponential(multiplier=5, max=3600), stop=stop_after_attempt(12)),
    # An outage is found out after five parcels; then one is tried, 5 s to 5 minutes later.
    breaker=Breaker(attempts=5, open_for=5, longest=300),
)
async def dispatch(delivery: Delivery[Order]) -> None:
    """Order a parcel, and write its label down.

    The carrier is asked before the transaction begins, so that no connection is held while he
    thinks; who dies in between asks again with the same key, and is given the same label.
    """
    order = delivery.payload
    label = await parcel_of(order, key=delivery.webhook.id)

    pool = await books()
    async with pool.acquire() as connection, delivery.once(connection):
        await connection.execute("INSERT INTO parcels VALUES ($1, $2)", order.id, label)

    print(f"order {order.name}: dispatched, {label}")


async def parcel_of(order: Order, key: str) -> str:
    """Return the label of an order's parcel.

    Raises Later where the carrier has too much to do, Reject where he does not take the order, and
    what aiohttp raises where he is down: this the policy repeats, and the breaker counts.
    """
    wanted = {"order": order.id, "items": len(order.line_items)}
    headers = {"Idempotency-Key": key}
    limit = aiohttp.ClientTimeout(total=10)
    async with (
        aiohttp.ClientSession(timeout=limit) as session,
        session.post(os.environ["CARRIER"], json=wanted, headers=headers) as answer,
    ):
        if answer.status in BUSY:
            raise Later("the carrier is busy", after=float(answer.headers.get("Retry-After", 5)))
        if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            raise Reject(f"the carrier does not take it: {await answer.text()}")

        answer.raise_for_status()
        parcel: dict[str, Any] = await answer.json()
        return str(parcel["label"])


async def make_tables() -> None:
    """Make what the handler writes to."""
    connection = await asyncpg.connect(os.environ["BOOKS"])
    await connection.execute(TABLES)
    await connection.close()


if __name__ == "__main__":
    asyncio.run(make_tables())
