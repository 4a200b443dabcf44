"""Reading a stream again and again on one channel, as upkeep and depths do."""

import asyncio

import aio_pika
from aio_pika.abc import AbstractChannel

from deploy.local.rabbitmq import Node
from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import declare
from runtime.amqp.link import connected
from runtime.amqp.stream import last_chunk, records
from schemas.pulse_topology import pulse
from tests.system.waiting import until


async def is_settled(node: Node) -> bool:
    """Tell whether the broker waits for no acknowledgement any more."""
    listed = await asyncio.to_thread(node.ctl, "list_channels", "messages_unacknowledged")
    counts = [line for line in listed.splitlines() if line.isdecimal()]
    return {"0"} == set(counts)


async def test_what_was_read_is_not_remembered_by_the_broker_as_unsettled(
    url: str, app: str, node: Node, amqp: AbstractChannel
) -> None:
    stream = f"{app}.pulse"
    async with connected([url], "test") as connection:
        kept = KeptChannel.on(connection)
        await declare(kept, pulse(app))
        for _ in range(48):
            await amqp.default_exchange.publish(aio_pika.Message(b"{}"), stream)

        channel = await kept.get()
        for _ in range(5):
            chunk = await last_chunk(channel, stream)
            last = chunk[-1].offset
            found = [one async for one in records(channel, stream, 0, last, 2.0, prefetch=10)]
            assert list(range(48)) == [one.offset for one in found]

        assert channel is await kept.get(), "no error has closed it"
        await until(lambda: is_settled(node), what="all acknowledged")
