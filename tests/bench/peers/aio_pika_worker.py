"""The client by itself: consume with a callback, touch nothing of the body, ack."""

import asyncio
import os

import aio_pika
import uvloop
from aio_pika.abc import AbstractIncomingMessage
from tally import seen


async def handle(message: AbstractIncomingMessage) -> None:
    """Ack."""
    seen(message.message_id or "")
    await message.ack()


async def main() -> None:
    """Consume until the process is ended."""
    connection = await aio_pika.connect(os.environ["URL"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=200)
    queue = await channel.get_queue("aio-pika")
    await queue.consume(handle)
    await asyncio.Event().wait()


uvloop.run(main())
