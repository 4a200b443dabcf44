"""From where to where the journal is read, and when it ends. The broker is fake."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiormq import Channel
from aiormq.exceptions import ChannelInvalidStateError

from runtime.amqp.stream import EMPTY, Record
from schemas.properties import ReceivedProperties
from workers.broker import journal
from workers.broker.journal import Begin, _ends, copies
from workers.broker.journal_ahead import Seen, Span
from workers.broker.journal_copy import Copy, Wanted
from workers.broker.journal_window import SILENCE

MS = 1_700_000_000_000
LAST = Record(41, b"{}", {"webhook-received-ms": MS})


class FakeReading:
    """A broker that gives this record, or nothing; `waited` is how long it was waited for."""

    def __init__(self, record: Record | None = None) -> None:
        self.record = record
        self.waited: list[float] = []
        self.waited_for_last: list[float] = []

    async def start(self, _: Any) -> None:
        """Take note."""

    async def next(self, seconds: float) -> Record | None:
        """Return it."""
        self.waited.append(seconds)
        return self.record

    async def stop(self) -> None:
        """Take note."""


def given(
    monkeypatch: pytest.MonkeyPatch, record: Record | None, last: Record | None = LAST
) -> FakeReading:
    """Have the broker give this, and know of this as the last copy."""
    reading = FakeReading(record)

    async def last_record(_: Any, __: Any, seconds: float) -> Record | None:
        reading.waited_for_last.append(seconds)
        return last

    monkeypatch.setattr(journal, "last_record", last_record)
    monkeypatch.setattr(journal, "Reading", lambda *_: reading)
    return reading


async def ends(begin: Begin, count: int = 0) -> Span:
    """Return from where to where it is read, where the broker counts so many copies."""

    async def declare(*_: Any, **__: Any) -> SimpleNamespace:
        return SimpleNamespace(message_count=count)

    channel = SimpleNamespace(queue_declare=declare)
    return await _ends(cast("Channel", channel), "app.journal", begin)


@pytest.mark.parametrize(
    ("begin", "first"),
    [(Begin(), 7), (Begin(9), 9), (Begin(9, MS), 9), (Begin(0, MS), 7)],
)
async def test_it_is_read_from_what_comes_first_to_what_was_last(
    monkeypatch: pytest.MonkeyPatch, begin: Begin, first: int
) -> None:
    given(monkeypatch, Record(7, b"{}"))
    assert (first, 41) == await ends(begin)


@pytest.mark.parametrize("begin", [Begin(), Begin(1), Begin(41), Begin(0, MS)])
async def test_a_broker_that_gives_nothing_of_what_must_be_there_is_slow_and_not_empty(
    monkeypatch: pytest.MonkeyPatch, begin: Begin
) -> None:
    reading = given(monkeypatch, None)
    with pytest.raises(ChannelInvalidStateError):
        await ends(begin)
    assert [SILENCE] == reading.waited


async def test_a_journal_of_which_the_broker_counts_copies_is_not_empty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading = given(monkeypatch, None, last=None)
    with pytest.raises(ChannelInvalidStateError):
        await ends(Begin(), count=7)
    assert (0, -1) == await ends(Begin(), count=0)
    assert [SILENCE, EMPTY] == reading.waited_for_last


async def test_nothing_that_came_later_than_the_last_is_soon_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading = given(monkeypatch, None)
    assert (42, 41) == await ends(Begin(0, MS + 1))
    assert [EMPTY] == reading.waited


async def test_behind_the_last_and_in_an_empty_journal_nothing_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading = given(monkeypatch, None)
    assert (42, 41) == await ends(Begin(42))
    given(monkeypatch, None, last=None)
    assert (0, -1) == await ends(Begin())
    assert [] == reading.waited


class FakeWindow:
    """A look at one copy, which is wanted."""

    def __init__(self, _: Any, __: Any, span: Span) -> None:
        self._span = span

    async def read(self, *_: Any) -> Seen:
        """Find it."""
        offset = self._span.first
        return Seen([Copy(offset, "k", ReceivedProperties(), 2, b"{}")], offset + 1)

    def close(self) -> None:
        """Take no more."""


@pytest.mark.parametrize(("stops", "found"), [(None, [40, 41]), (40, [40])])
async def test_it_ends_between_two_looks_where_it_is_stopped_and_tells_how_far_it_came(
    monkeypatch: pytest.MonkeyPatch, stops: int | None, found: list[int]
) -> None:
    @asynccontextmanager
    async def channel_of(_: Any) -> AsyncIterator[None]:
        yield

    async def between(*_: Any) -> Span:
        return Span(40, 41)

    monkeypatch.setattr(journal, "channel_of", channel_of)
    monkeypatch.setattr(journal, "tap_of", lambda _: None)
    monkeypatch.setattr(journal, "Window", FakeWindow)
    monkeypatch.setattr(journal, "_ends", between)
    stop = asyncio.Event()
    told: list[tuple[int, int, int]] = []
    wanted = Wanted((), lambda *_: True)
    seen: list[int] = []
    windows = copies(cast("Any", None), "app", Begin(), wanted, lambda *far: told.append(far), stop)
    async for window in windows:
        seen += [copy.offset for copy in window]
        if stops in seen:
            stop.set()
    assert found == seen
    assert [(0, 2, 39), (1, 2, 40), (2, 2, 41)][: len(found) + 1] == told
