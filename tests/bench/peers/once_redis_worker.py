"""The clients by themselves: consume, a command before and one after, ack."""

import asyncio
import os

import aio_pika
import uvloop
from aio_pika.abc import AbstractIncomingMessage
from redis.asyncio import Redis
from tally import seen

PREFIX = os.environ["CLAIMS"]


async def main() -> None:
    """Consume until the process is ended."""
    connection = await aio_pika.connect(os.environ["URL"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=200)
    queue = await channel.get_queue("once-redis")
    redis = Redis.from_url(os.environ["BENCH_REDIS"], max_connections=200)

    async def handle(message: AbstractIncomingMessage) -> None:
        key = message.message_id or ""
        await redis.set(f"{PREFIX}bare/{key}", "bare", nx=True, px=45_000)
        seen(key)
        await redis.set(f"{PREFIX}bare/{key}", "kept", px=172_800_000)
        await message.ack()

    await queue.consume(handle)
    await asyncio.Event().wait()


uvloop.run(main())
