"""Labels that follow an order's changes: each shop's in their order, though the carrier fails.

pip install 'hookline[postgres]'
export BOOKS=postgresql://user:password@host/database CARRIER=http://127.0.0.1:8090/parcels
python -m shop.relabel                     # makes the tables
python -m shop.carrier &                   # a carrier to try it with: `touch carrier.down`
hookline-workers run shop.relabel

Handled as they come, a change whose attempt failed would come again after the next one, and the
parcel would leave with the label of what the order no longer is. While the carrier is down, each
shop waits for its own first change, and `hookline-workers waiting list` shows that.
"""

import asyncio
import os

import asyncpg
from tenacity import stop_after_attempt, wait_exponential

from schemas.payloads import Order
from shop.booking import CLAIMS, books
from shop.dispatch import parcel_of
from workers import Delivery, Once, RetryPolicy, consumer

TABLES = f"""
CREATE TABLE IF NOT EXISTS labels (order_id bigint PRIMARY KEY, label text);
CREATE TABLE IF NOT EXISTS label_history (number bigserial, order_id bigint, label text);
{CLAIMS.schema}
"""
GIVEN = """
INSERT INTO labels VALUES ($1, $2)
ON CONFLICT (order_id) DO UPDATE SET label = excluded.label
"""


@consumer(
    "orders/updated",
    partitions=8,
    ordered=True,
    once=Once(CLAIMS, window="48h"),
    timeout=20,
    # Whoever is behind waits too: so it ends sooner than where each goes by itself.
    max_age=86_400,
    retry=RetryPolicy(wait=wait_exponential(multiplier=1, max=300), stop=stop_after_attempt(50)),
)
async def relabel(delivery: Delivery[Order]) -> None:
    """Have a new label for what an order is now.

    A change that the carrier does not take is a dead letter, and the next one goes on.
    """
    order = delivery.payload
    label = await parcel_of(order, key=delivery.webhook.id)

    pool = await books()
    async with pool.acquire() as connection, delivery.once(connection):
        await connection.execute(GIVEN, order.id, label)
        history = "INSERT INTO label_history (order_id, label) VALUES ($1, $2)"
        await connection.execute(history, order.id, label)

    print(f"order {order.name}: {label}")


async def make_tables() -> None:
    """Make what the handler writes to."""
    connection = await asyncpg.connect(os.environ["BOOKS"])
    await connection.execute(TABLES)
    await connection.close()


if __name__ == "__main__":
    asyncio.run(make_tables())
