"""A shop that floods: how long the webhooks of the others wait, with one partition and sixteen."""

import asyncio
import time
from pathlib import Path

import aio_pika
from aio_pika.abc import AbstractExchange

from runtime.ports import free_ports
from schemas.bucket import bucket
from schemas.topic import Topic
from schemas.webhook import Webhook
from tests.bench import crews, messages
from tests.bench.load import quantile
from tests.bench.processes import is_ready
from tests.bench.stage import Stage

FLOODING = "flood.test"
OTHERS = [f"shop-{number}.test" for number in range(100)]
SECONDS, FLOOD = 60, 50_000
"""The flood: so many webhooks in so long. Each of the others sends one a second meanwhile."""
TICK = 0.02

Found = dict[str, dict[str, float]]


def flood(stage: Stage) -> Found:
    """Return how long the others' webhooks waited for their attempt, in milliseconds."""
    return {f"{count} partitions": _flooded(stage, count) for count in (1, 16)}


def _flooded(stage: Stage, count: int) -> dict[str, float]:
    app, (admin,) = stage.app(), free_ports(1)
    waited = stage.path("waited")
    arguments = ["ours_flooded", "--consumer", f"flooded_{count}"]
    with crews.worker(stage, app, admin, arguments, WAITED=str(waited)) as program:
        program.await_that(is_ready(admin), "ready")
        asyncio.run(_fire(stage.node.url(), app))
        time.sleep(1)
        return _shares(waited, count)


def _shares(waited: Path, count: int) -> dict[str, float]:
    """Split the others in those that share the flood's partition, and those that do not.

    What has not been begun by the end of the flood is not in it: its wait would be longer still.
    """
    apart: list[float] = []
    beside: list[float] = []
    for line in waited.read_text().splitlines():
        shop, seconds = line.split()
        is_beside = bucket(shop) % count == bucket(FLOODING) % count
        (beside if is_beside else apart).append(float(seconds) * 1000)

    sent = SECONDS * len(OTHERS)
    found = {"sent by others": float(sent), "begun": float(len(apart) + len(beside))}
    for name, some in (("other partitions", sorted(apart)), ("the flood's", sorted(beside))):
        if some:
            found |= {f"{name}, p{p:g}, ms": quantile(some, p / 100) for p in (50, 99)}
    return found


async def _fire(url: str, app: str) -> None:
    """Have the one flood and the others send, evenly."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel(publisher_confirms=False)
        exchange = await channel.get_exchange(f"{app}.webhooks", ensure=False)
        began = time.monotonic()
        flooded = others = 0
        while (passed := time.monotonic() - began) < SECONDS:
            for number in range(flooded, int(passed * FLOOD / SECONDS)):
                await _one(exchange, app, FLOODING, f"f{number}")
                flooded = number + 1
            for number in range(others, int(passed * len(OTHERS))):
                await _one(exchange, app, OTHERS[number % len(OTHERS)], f"o{number}")
                others = number + 1
            await asyncio.sleep(TICK)


async def _one(exchange: AbstractExchange, app: str, shop: str, name: str) -> None:
    now_ms = int(time.time() * 1000)
    topic = Topic(messages.TOPIC)
    webhook = Webhook(name, app, topic, shop, now_ms, "application/json", messages.order())
    told = webhook.properties()
    message = aio_pika.Message(
        webhook.body,
        headers=dict(told.headers),
        content_type=told.content_type,
        type=told.type,
        app_id=told.app_id,
        message_id=name,
        delivery_mode=2,
    )
    await exchange.publish(message, webhook.routing_key)
