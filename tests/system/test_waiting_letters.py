"""What waits on the ladder: seen, tried at once, given up on, and lost by none of it."""

import asyncio
from collections.abc import Iterable
from time import time
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel

from runtime.amqp.link import connected
from schemas.names import retry_exchange
from tests.system.laid import declared, ids_in, queue_of
from tests.system.samples import SHOP
from tests.system.waiting import until
from workers.broker.browse import browsing

SHORT = 2
"""Seconds of a rung whose retries fall due while a test looks at them."""


async def laid_on(amqp: AbstractChannel, app: str, rung: int, numbers: Iterable[int]) -> set[str]:
    """Have webhooks wait on a rung for their third attempt; return their ids."""
    exchange = await amqp.get_exchange(retry_exchange(app, rung), ensure=False)
    key = queue_of(app).name
    now_ms = int(time() * 1000)
    shared: dict[str, Any] = {
        "webhook-shop": SHOP,
        "webhook-received-ms": now_ms,
        "webhook-first-ms": now_ms,
        "webhook-attempt": 3,
        "webhook-consumer": "taker",
        "webhook-error": "TimeoutError: no end after 30 s",
    }

    async def lay(number: int) -> str:
        own = {"webhook-id": f"w{number}"}
        message = aio_pika.Message(
            b'{"id": %d}' % number,
            headers=shared | own,
            content_type="application/json",
            type="orders/create",
            app_id=app,
            delivery_mode=2,
        )
        await exchange.publish(message, key)
        return own["webhook-id"]

    return set(await asyncio.gather(*map(lay, numbers)))


async def depth(amqp: AbstractChannel, queue: str) -> int:
    """Return how many messages of a queue are ready."""
    found = await amqp.declare_queue(queue, passive=True)
    return found.declaration_result.message_count or 0


async def until_there_are(count: int, amqp: AbstractChannel, queue: str) -> None:
    """Wait until so many messages of a queue are ready."""

    async def there_are() -> bool:
        return await depth(amqp, queue) == count

    await until(there_are, what=f"{count} in {queue}")


async def test_what_falls_due_while_it_is_looked_at_goes_on_once_the_look_ends(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await declared(url, app)
    rung = retry_exchange(app, SHORT)
    work = queue_of(app).name
    ids = await laid_on(amqp, app, SHORT, range(20))

    async with connected([url], "test") as connection:
        async with browsing(connection, rung) as messages:
            assert 20 == len([message async for message in messages])

            # What comes once these are held has gone on by itself when they are due.
            ids |= await laid_on(amqp, app, SHORT, range(20, 25))
            await until_there_are(5, amqp, work)

        await until_there_are(25, amqp, work)
    assert dict.fromkeys(ids, 1) == await ids_in(url, work)
    assert 0 == await depth(amqp, rung)
