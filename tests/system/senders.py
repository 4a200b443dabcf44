"""A platform that goes on posting while the ingress restarts."""

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import Self

import aiohttp

from runtime.lifetime import end_tasks
from tests.system.door import signed
from tests.system.waiting import until

SENDERS = 4
"""Each has one request under way: more never wait than a backlog holds."""
MOST = 5_000
"""Requests that a sender sends at most."""
PAUSE = 0.05
"""Seconds after one that was not taken in."""


class Senders:
    """Post one webhook after the other, each on a connection of its own, and count the answers."""

    def __init__(self, port: int, app: str) -> None:
        self.answers: Counter[int | str] = Counter()
        self._port = port
        self._app = app
        self._enough = asyncio.Event()
        self._senders: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Begin to post."""
        self._senders = [asyncio.create_task(self._send()) for _ in range(SENDERS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give up what is under way."""
        await end_tasks(self._senders)

    async def end(self) -> None:
        """Post no more, and wait for the answers to what is under way."""
        self._enough.set()
        await asyncio.gather(*self._senders)

    async def answered(self, more: int) -> None:
        """Wait until so many more have been answered."""
        wanted = self.answers.total() + more

        async def enough() -> bool:
            return self.answers.total() >= wanted

        await until(enough, what=f"{wanted} answers; there are {self.answers}")

    async def _send(self) -> None:
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True)
        ) as session:
            for _ in range(MOST):
                if self._enough.is_set():
                    return
                answer = await self._answer(session)
                self.answers[answer] += 1
                if answer != HTTPStatus.OK:
                    await asyncio.sleep(PAUSE)

    async def _answer(self, session: aiohttp.ClientSession) -> int | str:
        body = b'{"id": 1}'
        url = f"http://127.0.0.1:{self._port}/webhooks/{self._app}"
        try:
            async with session.post(
                url, data=body, headers=signed("orders/create", body)
            ) as answer:
                return answer.status
        except aiohttp.ClientError as error:
            return type(error).__name__
