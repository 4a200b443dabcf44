"""An ingress behind a real port, the requests it is sent, and what its answers say.

Broker and publisher are a stand-in here, which keeps what it is given.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import orjson
from aiohttp import ClientSession

from ingress.app import create_app
from ingress.gate import Gate
from ingress.registration import App
from ingress.server import Server
from ingress.signature import sign
from runtime.amqp.confirms import Failure, NotPublished
from schemas.webhook import Webhook

SHOP = "johns-apparel.spiffystores.com"
BODY = b'{"id": 1}'
MAX = 1000
APPS = {
    "spiffy": App(name="spiffy", secrets=["new:hush", "old:rusty"]),
    "listed": App(
        name="listed", secrets="hush", topics="orders/create", shops=r"[a-z-]+\.spiffystores\.com"
    ),
    "hexed": App(name="hexed", secrets="hush", signature="hex"),
    "shopify": App(name="shopify", secrets="hush", platform="shopify"),
}


class StandIn:
    """Stores nothing and remembers everything; can be told to fail, or to wait."""

    def __init__(self) -> None:
        self.published: list[Webhook] = []
        self.failure: Failure | None = None
        self.holding = asyncio.Event()
        self.holding.set()

    async def publish(self, webhook: Webhook) -> None:
        """Remember, or fail."""
        await self.holding.wait()
        if self.failure is not None:
            raise NotPublished(self.failure)
        self.published.append(webhook)


class Door:
    """An ingress listening on a real port, and a client."""

    def __init__(self, apps: dict[str, App]) -> None:
        self.broker = StandIn()
        self.gate = Gate(max_body=MAX, body_timeout=0.3, max_in_flight=3)
        self.server = Server(create_app(apps, self.broker, self.gate), self.gate)
        self.client: ClientSession
        self.port = 0

    async def post(
        self, path: str = "/webhooks/spiffy", body: Any = BODY, **headers: str | None
    ) -> tuple[int, Any, Any]:
        """Post a signed webhook; a header given as None is left out. Returns status, content,
        headers.
        """
        raw = body if isinstance(body, bytes) else BODY
        dressed: dict[str, str | None] = {
            "X-Spiffy-Topic": "orders/create",
            "X-Spiffy-Shop-Domain": SHOP,
            "X-Spiffy-Hmac-Sha256": sign(raw, b"hush"),
            "Content-Type": "application/json",
        }
        dressed |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in dressed.items() if value is not None}
        async with self.client.post(
            f"http://127.0.0.1:{self.port}{path}", data=body, headers=sent
        ) as answer:
            return answer.status, await answer.json(), answer.headers

    async def raw(self, text: bytes) -> bytes:
        """Write bytes to a socket and return all that comes back until it is closed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(text)
        try:
            return await asyncio.wait_for(reader.read(), 5)
        finally:
            writer.close()
            await writer.wait_closed()


async def opened_door(apps: dict[str, App]) -> AsyncIterator[Door]:
    """Open a door, and close it in the end."""
    door = Door(apps)
    door.port = await door.server.listen("127.0.0.1", 0)
    async with ClientSession() as door.client:
        yield door
    await door.server.drain(5)


DRESSED = (
    "X-Spiffy-Topic: orders/create\r\n"
    "X-Spiffy-Shop-Domain: a.spiffystores.com\r\n"
    "Content-Type: application/json\r\n"
)


def written(
    *more: str, body: bytes = BODY, app: str = "spiffy", length: int | None = None
) -> bytes:
    """Write a signed request by hand; with a length below zero, without one."""
    said = len(body) if length is None else length
    lines = [f"Content-Length: {said}"] if said >= 0 else []
    lines += [f"X-Spiffy-Hmac-Sha256: {sign(body, b'hush')}", *more]
    head = f"POST /webhooks/{app} HTTP/1.1\r\nHost: x\r\n{DRESSED}"
    return (head + "".join(f"{line}\r\n" for line in lines) + "\r\n").encode() + body


def statuses(answers: bytes) -> list[bytes]:
    """Return the statuses of all answers."""
    return re.findall(rb"HTTP/1\.1 (\d+)", answers)


def error_in(answer: bytes) -> Any:
    """Return the code in an answer."""
    return orjson.loads(answer.split(b"\r\n\r\n")[1])["error"]
