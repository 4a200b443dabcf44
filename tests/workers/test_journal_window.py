"""One look at the journal: when it ends, and what it asks for. The broker is fake."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiormq.exceptions import ChannelInvalidStateError
from pamqp import commands, frame
from pamqp.body import ContentBody

from runtime.amqp import frames
from runtime.amqp.encode import encode_content_header
from schemas.properties import Properties, ReceivedProperties
from workers.broker import journal_window
from workers.broker.journal_ahead import Seen, Span
from workers.broker.journal_copy import Wanted
from workers.broker.journal_window import AHEAD, Window

NUMBER = 3
OURS = "ours"


def parts(offset: int, shop: str = "") -> list[bytes]:
    """Return the frames of a copy, as a broker writes them."""
    delivery = commands.Basic.Deliver("c", offset + 1, exchange="in", routing_key="orders.create.7")
    headers: dict[str, str | int] = {"x-stream-offset": offset, "webhook-shop": shop}
    described = Properties("application/json", "orders/create", "app", None, headers)
    header = encode_content_header(described, "m1", 2)
    head = struct.pack(">BHI", frames.CONTENT, NUMBER, len(header))
    return [
        frame.marshal(delivery, NUMBER),
        head + header + b"\xce",
        frame.marshal(ContentBody(b"{}"), NUMBER),
    ]


class Look:
    """A look that is under way, at a journal of so many copies; `acks` is what it has written."""

    def __init__(self, wanted: Wanted, span: Span) -> None:
        self.acks: list[bytes] = []
        self.tap = SimpleNamespace(channels={}, write=self.acks.append)
        self.closing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.stop = asyncio.Event()
        self.window = Window(cast("Any", self.tap), wanted, span)
        self.reading: asyncio.Task[Seen]

    number = NUMBER

    @property
    def is_closed(self) -> bool:
        """Whether the channel is gone."""
        return self.closing.done()

    async def basic_qos(self, **_: Any) -> None:
        """Take note."""

    async def basic_consume(self, *_: Any, **__: Any) -> SimpleNamespace:
        """Have copies come."""
        return SimpleNamespace(consumer_tag="consumer")

    async def basic_cancel(self, _: str) -> None:
        """Have none come any more."""

    async def begin(self) -> None:
        """Begin, and be ready for what comes."""
        self.reading = asyncio.create_task(self.window.read(cast("Any", self), "s", self.stop))
        while NUMBER not in self.tap.channels:
            await asyncio.sleep(0)

    def come(self, *raws: bytes) -> None:
        """Have frames come in."""
        for raw in raws:
            for kind, _, start, end in frames.split(raw):
                assert self.window.take(kind, raw, start, end)

    async def seen(self) -> tuple[list[int], int]:
        """Return what it found, by offset, and from where to go on, once it has ended."""
        async with asyncio.timeout(10):
            seen = await self.reading
        return [copy.offset for copy in seen.found], seen.next_offset


@asynccontextmanager
async def looking(last: int = 100, first: int = 0, **asked: Any) -> AsyncIterator[Look]:
    """Look for copies of one shop."""

    def takes(_: str, properties: ReceivedProperties) -> bool:
        return bool(properties.headers["webhook-shop"] == OURS)

    look = Look(Wanted(needles=(OURS.encode(),), takes=takes, **asked), Span(first, last))
    await look.begin()
    yield look
    look.reading.cancel()


async def test_it_ends_with_its_span_whatever_it_has_found() -> None:
    async with looking(last=2) as look:
        look.come(*parts(0, OURS), *parts(1))
        assert not look.reading.done()
        look.come(*parts(2, OURS), *parts(3, OURS))
        assert ([0, 2], 3) == await look.seen()


async def test_it_ends_with_as_many_as_are_asked_for_however_many_are_there() -> None:
    async with looking(most=1) as look:
        look.come(*parts(0), *parts(1, OURS), *parts(2, OURS))
        assert ([1], 2) == await look.seen()


@pytest.mark.parametrize(
    ("last", "asked"), [(AHEAD - 1, 0), (AHEAD, 1), (5 * AHEAD // 4 - 1, 1), (5 * AHEAD // 4, 2)]
)
async def test_it_asks_for_what_is_in_its_span_and_for_hardly_more(last: int, asked: int) -> None:
    async with looking(last=last) as look:
        for offset in range(last + 1):
            look.come(*parts(offset))
        assert ([], last + 1) == await look.seen()
        assert asked == len(look.acks)


async def test_a_broker_that_gives_what_comes_before_the_span_is_asked_for_the_rest() -> None:
    async with looking(first=AHEAD, last=AHEAD + 9) as look:
        for offset in range(AHEAD):
            look.come(*parts(offset))
        assert 1 == len(look.acks)
        for offset in range(AHEAD, AHEAD + 10):
            look.come(*parts(offset, OURS))
        assert ([*range(AHEAD, AHEAD + 10)], AHEAD + 10) == await look.seen()


@pytest.mark.parametrize("offset", [3, 99])
async def test_where_all_of_its_span_is_gone_it_ends_and_finds_nothing_of_the_next(
    offset: int,
) -> None:
    async with looking(last=2) as look:
        look.come(*parts(offset, OURS))
        assert ([], 3) == await look.seen()


@pytest.mark.parametrize("shop", [OURS, ""])
async def test_stopped_it_has_what_came_whole_and_passes_over_none_that_is_meant(shop: str) -> None:
    async with looking() as look:
        look.come(*parts(0, OURS), *parts(1))
        look.come(*parts(2, shop)[:-1])
        look.stop.set()
        assert ([0], 2 if shop else 3) == await look.seen()


async def test_one_that_is_cancelled_acknowledges_nothing_behind_its_channels_end() -> None:
    async with looking(last=10 * AHEAD) as look:
        look.reading.cancel()
        await asyncio.wait([look.reading])
        for offset in range(2 * AHEAD):
            look.come(*parts(offset))
        assert [] == look.acks


def lost(look: Look) -> None:
    """Lose the channel."""
    look.closing.set_result(None)


def silent(_: Look) -> None:
    """Have nothing come."""


@pytest.mark.parametrize("happens", [lost, silent])
async def test_where_no_more_comes_that_is_an_error_and_no_end(
    monkeypatch: pytest.MonkeyPatch, happens: Callable[[Look], None]
) -> None:
    monkeypatch.setattr(journal_window, "SILENCE", 0.01)
    async with looking() as look:
        look.come(*parts(0, OURS))
        happens(look)
        with pytest.raises(ChannelInvalidStateError):
            await look.seen()
