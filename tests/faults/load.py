"""The sender: a platform that fires webhooks at a steady rate and writes down every answer."""

import asyncio
import ssl
import time
from itertools import count, cycle

import aiohttp
import orjson

from ingress.signature import sign
from schemas.topic import Topic
from schemas.webhook import Webhook
from tests.faults.ledger import Answer, Ledger
from tests.system.samples import SECRET, SHOP

TOPIC = "orders/create"
PATIENCE = 15
"""Seconds that the sender waits for an answer."""


class Sender:
    """Fires `rate` webhooks a second, whether or not the last was answered, of each shop in turn.

    Each on a connection of its own; or, where connections are `kept`, on one that is idle. Over TLS
    where it is said whom to trust.
    """

    def __init__(
        self,
        port: int,
        app: str,
        ledger: Ledger,
        mix: tuple[str, ...],
        rate: float,
        *,
        shops: int = 1,
        kept: bool = False,
        trusting: ssl.SSLContext | None = None,
    ) -> None:
        scheme = "https" if trusting else "http"
        self.url = f"{scheme}://127.0.0.1:{port}/webhooks/{app}"
        self.app = app
        self.ledger = ledger
        self.rate = rate
        self._kept = kept
        self._trusting = trusting
        self._mix, self._numbers = cycle(mix), count(1)
        others = (f"shop{number}.spiffystores.com" for number in range(1, shops))
        self._shops = cycle([SHOP, *others])
        self._firing: set[asyncio.Task[str]] = set()
        self.firing = asyncio.Event()  # cleared: fires nothing for a while
        self.firing.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Fire until told to stop, then wait for the last answers."""
        due = time.monotonic()
        async with self._session() as session:
            while not stop.is_set():
                while due < time.monotonic():
                    due += 1 / self.rate
                    if not self.firing.is_set():
                        continue
                    task = asyncio.create_task(self._post(session, next(self._mix)))
                    self._firing.add(task)
                    task.add_done_callback(self._firing.discard)
                await asyncio.sleep(1 / self.rate)
            await asyncio.gather(*self._firing)

    async def fire_one(self, do: str) -> str:
        """Fire a webhook that asks for this; return its id, once it was taken in."""
        async with self._session() as session:
            return await self._post(session, do)

    async def _post(self, session: aiohttp.ClientSession, do: str) -> str:
        shop = next(self._shops)
        asked = {"id": next(self._numbers), "do": do, "at": time.time_ns()}
        body, content_type = orjson.dumps(asked), "application/json"
        if do == "xml":
            body, content_type = (
                b"<order><do>xml</do><at>%d</at></order>" % time.time_ns(),
                "application/xml",
            )
        headers = {
            "X-Spiffy-Topic": TOPIC,
            "X-Spiffy-Shop-Domain": shop,
            "X-Spiffy-Hmac-Sha256": sign(body, SECRET.encode()),
            "Content-Type": content_type,
        }
        identity = digest(self.app, body, shop)
        sent, started, status = time.time(), time.monotonic(), 0
        try:
            async with session.post(self.url, data=body, headers=headers) as answer:
                await answer.read()
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            pass  # no answer: status 0
        seconds = time.monotonic() - started
        self.ledger.answers.append(Answer(identity, status, sent, seconds, shop))
        return identity

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=0, force_close=not self._kept, ssl=self._trusting or True
        )
        return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(PATIENCE))


def digest(app: str, body: bytes, shop: str) -> str:
    """Name a webhook by what it carries: here no two are alike, and whoever gets no answer is told
    no id.
    """
    return Webhook("", app, Topic(TOPIC), shop, 0, "", body).digest
