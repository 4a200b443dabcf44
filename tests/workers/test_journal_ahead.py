"""Several looks at the same time at stretches of one span: what they see comes in its order."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.properties import ReceivedProperties
from workers.broker import journal_ahead
from workers.broker.journal_ahead import Seen, Span, looks
from workers.broker.journal_copy import Copy

STRETCH = 10


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a stretch hold a few copies."""
    monkeypatch.setattr(journal_ahead, "STRETCH", STRETCH)


def seen(first: int, last: int, *, is_past: bool = False) -> Seen:
    """Return what a look has seen that found all from one offset to another."""
    found = [Copy(at, "k", ReceivedProperties(), 2, b"{}") for at in range(first, last + 1)]
    return Seen(found, last + 1, is_past)


class Journal:
    """A journal in which each look waits for its turn; `open` are the spans that are looked at."""

    def __init__(self) -> None:
        self.open: dict[Span, asyncio.Future[Seen]] = {}
        self.changed = asyncio.Event()

    async def look(self, span: Span) -> Seen:
        """Look once that is let."""
        ended: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
        self.open[span] = ended
        self.changed.set()
        try:
            return await ended
        finally:
            del self.open[span]
            self.changed.set()

    async def until_open(self, *firsts: int) -> None:
        """Wait until stretches that begin there are looked at, and no others."""
        async with asyncio.timeout(10):
            while [span.first for span in sorted(self.open)] != [*firsts]:
                self.changed.clear()
                await self.changed.wait()

    def end(self, first: int) -> None:
        """Have the look that begins there find all of its span."""
        span = next(span for span in self.open if span.first == first)
        self.open[span].set_result(seen(*span))


def next_of(seen_in_order: AsyncGenerator[Seen, None]) -> asyncio.Task[Seen]:
    """Ask for what comes next."""
    return asyncio.ensure_future(anext(seen_in_order))


@given(
    count=st.integers(0, 200),
    first=st.integers(0, 2**40),
    sizes=st.lists(st.integers(1, STRETCH), min_size=1),
)
def test_each_copy_is_seen_once_and_in_order_wherever_looks_end(
    count: int, first: int, sizes: list[int]
) -> None:
    async def look(span: Span) -> Seen:
        turns = span.first % 7
        for _ in range(turns):
            await asyncio.sleep(0)
        size = sizes[span.first % len(sizes)]
        return seen(span.first, min(span.last, span.first + size - 1))

    async def run() -> list[int]:
        return [
            copy.offset
            async for one in looks(Span(first, first + count - 1), look)
            for copy in one.found
        ]

    assert [*range(first, first + count)] == asyncio.run(run())


async def test_one_looks_first_then_two_and_then_more_up_to_sixteen() -> None:
    journal = Journal()
    async with aclosing(looks(Span(0, 999), journal.look)) as seen_in_order:
        for turn, at_once in enumerate([1, 2, 4, 8, 16, 16]):
            coming = next_of(seen_in_order)
            expected = [*range(turn * STRETCH, (turn + at_once) * STRETCH, STRETCH)]
            await journal.until_open(*expected)
            journal.end(turn * STRETCH)
            await coming
    assert {} == journal.open


async def test_what_was_seen_ahead_waits_for_what_comes_before_it() -> None:
    journal = Journal()
    async with aclosing(looks(Span(0, 29), journal.look)) as seen_in_order:
        coming = next_of(seen_in_order)
        await journal.until_open(0)
        journal.end(0)
        await coming

        coming = next_of(seen_in_order)
        await journal.until_open(10, 20)
        journal.end(20)
        await journal.until_open(10)
        assert not coming.done()
        journal.end(10)
        assert 20 == (await coming).next_offset
        assert 30 == (await anext(seen_in_order)).next_offset


async def test_behind_what_is_past_nobody_looks() -> None:
    async def look(span: Span) -> Seen:
        return seen(*span, is_past=span.first >= STRETCH)

    ends = [one.next_offset async for one in looks(Span(0, 999), look)]
    assert [10, 20] == ends


async def test_what_one_look_raises_is_raised_once_and_ends_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def look(span: Span) -> Seen:
        if span.first:
            raise ConnectionError(f"lost at {span.first}")
        return seen(*span)

    seen_in_order = looks(Span(0, 999), look)
    await anext(seen_in_order)
    with pytest.raises(ConnectionError, match="lost at 10"):
        await anext(seen_in_order)
    gc.collect()
    assert [] == caplog.records
