"""Shops that fire webhooks: published as the ingress publishes them, each shop's in its order."""

import asyncio
from collections.abc import Iterable
from itertools import count
from time import time
from typing import Self

import aio_pika
from aio_pika.abc import AbstractExchange

from schemas.topic import Topic
from schemas.webhook import Webhook
from tests.system.waiting import until

SHOPS = 40
IN_A_ROW = 3
"""Webhooks that a shop fires one right after the other: they are the next to each other in their
queue.
"""


class Shops:
    """Fires webhooks at an app, until it is told to stop; `fired` are their ids by shop."""

    def __init__(self, url: str, app: str, pause: float = 0.0) -> None:
        self.fired: dict[str, list[str]] = {f"shop-{n}.test": [] for n in range(SHOPS)}
        self._url = url
        self._app = app
        self._pause = pause
        self._numbers = count(1)
        self._enough = asyncio.Event()
        self._firing: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """How many have been fired."""
        return sum(map(len, self.fired.values()))

    async def fire(self, rounds: int) -> None:
        """Have each shop fire some, so often."""
        async with await aio_pika.connect(self._url) as connection:
            channel = await connection.channel(publisher_confirms=True)
            exchange = await channel.get_exchange(f"{self._app}.webhooks", ensure=False)
            for _ in range(rounds):
                if self._enough.is_set():
                    return
                await self._round(exchange, self.fired)

    async def go_on(self, more: int) -> None:
        """Wait until so many more have been fired."""
        enough = self.count + more

        async def is_enough() -> bool:
            return self.count >= enough

        await until(is_enough, what=f"{more} more webhooks")

    async def __aenter__(self) -> Self:
        """Go on firing from here on."""
        self._firing = asyncio.create_task(self.fire(1_000_000))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Fire no more."""
        self._enough.set()
        if self._firing is not None:
            await self._firing

    async def _round(self, exchange: AbstractExchange, shops: Iterable[str]) -> None:
        for shop in shops:
            if self._enough.is_set():
                return
            for _ in range(IN_A_ROW):
                number = next(self._numbers)
                await self._one(exchange, shop, f"w{number}")
        await asyncio.sleep(self._pause)

    async def _one(self, exchange: AbstractExchange, shop: str, webhook_id: str) -> None:
        now_ms = int(time() * 1000)
        topic = Topic("orders/create")
        webhook = Webhook(webhook_id, self._app, topic, shop, now_ms, "application/json", b"{}")
        told = webhook.properties()
        message = aio_pika.Message(
            webhook.body,
            headers=dict(told.headers),
            content_type=told.content_type,
            type=told.type,
            app_id=told.app_id,
            message_id=f"m{webhook_id}",
            delivery_mode=2,
        )
        # The library's is 0, and from RabbitMQ 4.3 on a fence, which has none, would overtake that.
        message.priority = None
        publish = exchange.publish(message, webhook.routing_key, mandatory=True)
        self.fired[shop].append(webhook_id)
        await publish
