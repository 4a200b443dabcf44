"""The clients by themselves: consume, a statement before and one after, ack."""

import asyncio
import os

import aio_pika
import asyncpg
import uvloop
from aio_pika.abc import AbstractIncomingMessage
from tally import seen

TABLE = os.environ["CLAIMS"]
CLAIM = f"INSERT INTO {TABLE} VALUES ($1, 'bare', false, now() + interval '45 s')"  # noqa: S608 - our own name
KEEP = f"UPDATE {TABLE} SET kept = true, ends = now() + interval '2 d' WHERE key = $1"  # noqa: S608 - as above


async def main() -> None:
    """Consume until the process is ended."""
    connection = await aio_pika.connect(os.environ["URL"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=200)
    queue = await channel.get_queue("once-postgres")
    pool = await asyncpg.create_pool(os.environ["BENCH_POSTGRES"], min_size=10, max_size=10)

    async def handle(message: AbstractIncomingMessage) -> None:
        key = message.message_id or ""
        await pool.execute(CLAIM, f"bare/{key}")
        seen(key)
        await pool.execute(KEEP, f"bare/{key}")
        await message.ack()

    await queue.consume(handle)
    await asyncio.Event().wait()


uvloop.run(main())
