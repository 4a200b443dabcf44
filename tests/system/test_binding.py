"""Binding many queues at once, not waiting for each: what is told where one fails."""

import pytest
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelNotFoundEntity

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import bind_at_once
from runtime.amqp.link import connected
from schemas.broker_objects import Binding

MANY = 50


@pytest.mark.parametrize("place", [0, 20, MANY - 1], ids=["first", "in between", "last"])
async def test_the_binding_that_fails_is_named_by_the_broker(
    url: str, app: str, amqp: AbstractChannel, place: int
) -> None:
    exchange = await amqp.declare_exchange(f"{app}.webhooks", durable=True)
    queue = await amqp.declare_queue(f"{app}.erp.orders.create", durable=True)
    bindings = [Binding(exchange.name, queue.name, f"key{number}") for number in range(MANY)]
    bindings[place] = Binding(exchange.name, f"{app}.gone", "key")

    async with connected([url], "test") as connection:
        kept = KeptChannel.on(connection)
        with pytest.raises(ChannelNotFoundEntity, match=f"no queue '{app}.gone'"):
            await bind_at_once(kept, bindings)


async def test_no_binding_at_all_is_none(url: str) -> None:
    async with connected([url], "test") as connection:
        kept = KeptChannel.on(connection)
        channel = await kept.get()
        await bind_at_once(kept, [])
        assert channel is await kept.get(), "no error has closed it"
