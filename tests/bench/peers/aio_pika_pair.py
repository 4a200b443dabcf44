"""The client by itself at a steady rate: `publish` notes confirm round trips, `consume` notes times
of delivery.
"""

import asyncio
import os
import sys
from time import time_ns

import aio_pika
import uvloop
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage
from moments import note

SENT = "sent-ns"


async def consume(channel: aio_pika.abc.AbstractChannel) -> None:
    """Note how long each message was under way, until the process is ended."""

    async def handle(message: AbstractIncomingMessage) -> None:
        note(int(str(message.headers[SENT])))
        await message.ack()

    await channel.set_qos(prefetch_count=200)
    await (await channel.get_queue("pair")).consume(handle)
    await asyncio.Event().wait()


async def publish(exchange: AbstractExchange, body: bytes) -> None:
    """Publish one, as the naive handler does, and note when its confirm has come."""
    began = time_ns()
    message = aio_pika.Message(
        body, headers={SENT: str(began)}, delivery_mode=2, message_id=os.urandom(16).hex()
    )
    await exchange.publish(message, "pair", mandatory=True)
    note(began)


async def main(role: str) -> None:
    """Play the role."""
    connection = await aio_pika.connect(os.environ["URL"])
    channel = await connection.channel(on_return_raises=True)
    if role == "consume":
        await consume(channel)
    rate, count, size = (int(os.environ[name]) for name in ("RATE", "COUNT", "SIZE"))
    loop, body, tasks = asyncio.get_running_loop(), b"x" * size, []
    began = loop.time()
    for number in range(count):
        await asyncio.sleep(began + number / rate - loop.time())
        tasks.append(asyncio.create_task(publish(channel.default_exchange, body)))
    await asyncio.gather(*tasks)


uvloop.run(main(sys.argv[1]))
