"""Letters laid into queues by a test, the commands that move them, and what lies where then."""

import asyncio
import signal
from collections import Counter
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel

from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import connected
from schemas.dead_letter import DeadLetter, Reason
from schemas.names import WorkQueue
from tests.system.processes import begun, environment, finished
from tests.system.samples import SHOP
from tests.system.waiting import until
from workers.broker.browse import browsing
from workers.broker.standing import standing

MANY = 1_000
AFTER = 200
"""Letters after which whoever moves them is killed."""
ACKS_UNDER_WAY = 20
"""Letters that a kill doubles, at most: the broker drops what it has not read of a reset link."""


def queue_of(app: str) -> WorkQueue:
    """Return the work queue whose letters these tests have."""
    return WorkQueue(app, "taker", "orders.create")


def dead_letter(
    app: str,
    number: int,
    error: str = "KeyError: 'x'",
    id: str = "",  # noqa: A002 - of the webhook
) -> aio_pika.Message:
    """Return a dead letter; unless it is given, the webhook's id is made of its number."""
    died = DeadLetter("taker", Reason.EXHAUSTED, 3, 1_700_000_000_000 + number, error)
    own: dict[str, Any] = {
        "webhook-id": id or f"w{number}",
        "webhook-shop": SHOP,
        "webhook-received-ms": 1_700_000_000_000,
    }
    return aio_pika.Message(
        b'{"id": %d}' % number,
        headers=own | died.headers(),
        content_type="application/json",
        type="orders/create",
        app_id=app,
        delivery_mode=2,
    )


async def declared(url: str, app: str) -> None:
    """Have the app's queues on the broker."""
    env = environment(url, APP=app)
    done = await finished("hookline-workers", "topology", "declare", "consumers", env=env)
    assert 0 == done[0], done


async def lay(amqp: AbstractChannel, app: str, numbers: range, **more: Any) -> None:
    """Lay dead letters into their queue."""
    exchange = await amqp.get_exchange(f"{app}.dead", ensure=False)
    key = queue_of(app).name
    await asyncio.gather(
        *(exchange.publish(dead_letter(app, number, **more), key) for number in numbers)
    )


async def ids_in(url: str, queue: str) -> Counter[str]:
    """Count by webhook's id what lies in a queue, and leave it there.

    Waits until nobody else holds any of it: the broker may learn of a killed process late.
    """
    async with connected([url], "test") as connection:
        kept = KeptChannel.on(connection)

        async def is_left_alone() -> bool:
            found = await standing(kept, queue)
            return found is None or not found.consumers

        await until(is_left_alone, what=f"nobody who consumes {queue}")
        async with browsing(connection, queue) as messages:
            return Counter([str(message.headers["webhook-id"]) async for message in messages])


async def letters(url: str, app: str, *arguments: str) -> tuple[int, str, str]:
    """Run a command on dead letters to its end."""
    return await finished(
        "hookline-workers", "dead-letters", *arguments, env=environment(url, APP=app)
    )


async def ended_midway(url: str, app: str, *arguments: str, by: signal.Signals) -> int:
    """Run a command, and end it once it has moved some letters; return its exit code."""
    process = await begun("hookline-workers", *arguments, env=environment(url, APP=app))
    assert process.stdout is not None
    for _ in range(AFTER):
        assert await process.stdout.readline(), "it has ended before it was killed"
    process.send_signal(by)
    await process.stdout.read()
    return await asyncio.wait_for(process.wait(), 30)
