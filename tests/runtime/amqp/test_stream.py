"""Reading the end of a stream. Only the channel is fake: it has a writer that never pauses."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiormq import Channel

from runtime.amqp import stream
from runtime.amqp.stream import last_chunk, last_record


class BusyChannel:
    """A stream that somebody writes to all the time: there is always one record more."""

    def __init__(self) -> None:
        self.is_closed = False
        self.given = 0
        self._acked = 0
        self._prefetch = 0
        self._giving: asyncio.Task[None] | None = None

    async def basic_qos(self, *, prefetch_count: int) -> None:
        """Take note."""
        self._prefetch = prefetch_count

    async def basic_consume(
        self, _: str, callback: Callable[[Any], Awaitable[None]], **__: Any
    ) -> SimpleNamespace:
        """Hand out what comes, from now on."""
        self._giving = asyncio.create_task(self._give(callback))
        return SimpleNamespace(consumer_tag="tag")

    async def _give(self, callback: Callable[[Any], Awaitable[None]]) -> None:
        for offset in count():
            while self.given >= self._acked + self._prefetch:
                await asyncio.sleep(0)
            headers = {"x-stream-offset": offset}
            header = SimpleNamespace(properties=SimpleNamespace(headers=headers))
            await callback(SimpleNamespace(header=header, delivery_tag=offset + 1, body=b"x"))
            self.given = offset + 1

    async def basic_ack(self, tag: int, **_: Any) -> None:
        """Take note."""
        self._acked = tag

    async def basic_cancel(self, _: str) -> None:
        """Hand out no more."""
        assert self._giving is not None
        self._giving.cancel()

    @property
    def channel(self) -> Channel:
        """As what our code takes it for."""
        return cast("Channel", self)


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CHUNK_WITHIN", 0.1)


async def test_the_end_of_a_stream_is_found_though_others_go_on_writing() -> None:
    busy = BusyChannel()
    async with asyncio.timeout(5):
        chunk = await last_chunk(busy.channel, "s")
    offsets = [one.offset for one in chunk]
    assert list(range(len(offsets))) == offsets
    assert 1 <= len(offsets) <= busy.given


async def test_of_the_end_the_last_record_alone_is_kept_with_what_travels_beside_it() -> None:
    busy = BusyChannel()
    async with asyncio.timeout(5):
        last = await last_record(busy.channel, "s", 5.0)
    assert last is not None
    assert {"x-stream-offset": last.offset} == last.headers
    assert 0 <= last.offset < busy.given
