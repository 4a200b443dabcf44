"""Orders booked once, whatever dies: the order's rows and the claim on its webhook commit together.

pip install 'hookline[postgres]'
export BOOKS=postgresql://user:password@host/database
python -m shop.booking                     # makes the tables
hookline-workers run shop.booking
"""

import asyncio
import os
from functools import cache

import asyncpg

from schemas.payloads import Order
from workers import Delivery, Once, consumer
from workers.stores.transaction import InTransaction

CLAIMS = InTransaction()

TABLES = f"""
CREATE TABLE IF NOT EXISTS orders (id bigint, name text, total numeric, currency text);
CREATE TABLE IF NOT EXISTS lines (order_id bigint, sku text, quantity numeric);
{CLAIMS.schema}
"""
"""Neither of the first two refuses a second row for the same order: only the claim does."""


@cache
def books() -> asyncpg.Pool:
    """Return the connections to the books; none is opened before it is wanted."""
    return asyncpg.create_pool(os.environ["BOOKS"], min_size=0, max_size=16)


@consumer("orders/create", once=Once(CLAIMS, window="48h"))
async def booking(delivery: Delivery[Order]) -> None:
    """Book an order and its lines."""
    order = delivery.payload
    lines = [(order.id, line.sku, line.quantity) for line in order.line_items]

    pool = await books()
    async with pool.acquire() as connection, delivery.once(connection):
        await connection.execute(
            "INSERT INTO orders VALUES ($1, $2, $3, $4)",
            order.id,
            order.name,
            order.total_price,
            order.currency,
        )
        await connection.executemany("INSERT INTO lines VALUES ($1, $2, $3)", lines)

    print(f"order {order.name}: booked, {order.total_price} {order.currency}")


async def make_tables() -> None:
    """Make what the handler writes to."""
    connection = await asyncpg.connect(os.environ["BOOKS"])
    await connection.execute(TABLES)
    await connection.close()


if __name__ == "__main__":
    asyncio.run(make_tables())
