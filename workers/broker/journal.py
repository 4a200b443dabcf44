"""Reading the journal. What was seen ahead of a slow reader waits, with nothing read meanwhile.

So a slow reader holds 32 MB of bodies at most, about, and no consumer of the broker.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import NamedTuple

from aiormq import Channel
from aiormq.exceptions import ChannelInvalidStateError, ChannelNotFoundEntity

from runtime.amqp.channels import channel_of
from runtime.amqp.link import Connection, tap_of
from runtime.amqp.stream import EMPTY, Reading, Record, last_record
from schemas import headers as webhook_headers
from schemas.copies import journal_stream
from workers.broker.journal_ahead import AT_ONCE, AT_ONCE_WITH_BODIES, Seen, Span, looks
from workers.broker.journal_copy import Copy, Passed, Wanted
from workers.broker.journal_window import SILENCE, SKEW_MS, Window

FEW = 2
"""Copies that come unasked to who looks for the first one alone."""
LATEST = 253_402_300_799
"""The last second of the year 9999: no later one can be asked for."""
NOTHING = "the journal gives nothing, though something is there"


class NoJournal(Exception):
    """The broker has no journal of the app."""


class Begin(NamedTuple):
    """Where reading begins: at an offset, or where that is 0, at what was received at a moment, in
    milliseconds since 1970; without either at the start.
    """

    offset: int = 0
    ms: int = 0

    @property
    def at(self) -> int | str | datetime:
        """What the broker is told; it knows when it got a copy, by chunks that hold many."""
        if self.offset:
            return self.offset
        if not self.ms:
            return "first"
        early_enough = (self.ms - SKEW_MS) // 1000
        seconds = min(max(0, early_enough), LATEST)
        return datetime.fromtimestamp(seconds, UTC)

    def has(self, last: Record) -> bool:
        """Tell whether something stands there for sure, where this is the last copy of all."""
        if self.offset or not self.ms:
            return self.offset <= last.offset
        return self.ms <= webhook_headers.number(last.headers, webhook_headers.RECEIVED)


async def copies(
    connection: Connection,
    app: str,
    begin: Begin,
    wanted: Wanted,
    passed: Passed,
    stop: asyncio.Event,
) -> AsyncGenerator[list[Copy], None]:
    """Yield the copies that are wanted of those that are there now, the oldest first, in lists.

    Once `stop` is set it yields what it has found by then, and ends. `passed` is told how far it
    is. Raises NoJournal, and ChannelInvalidStateError once the channel is gone.
    """
    stream = journal_stream(app)
    async with channel_of(connection) as channel:
        span = await _ends(channel, stream, begin)

    async def look(stretch: Span) -> Seen:
        window = Window(tap_of(connection), wanted, stretch)
        try:
            async with channel_of(connection) as channel:
                return await window.read(channel, stream, stop)
        finally:
            window.close()

    at_once = AT_ONCE_WITH_BODIES if wanted.bodies else AT_ONCE
    end = span.last + 1
    if span.first < end:
        passed(0, end - span.first, span.first - 1)
    async with aclosing(looks(span, look, at_once)) as seen_in_order:
        async for seen in seen_in_order:
            passed(seen.next_offset - span.first, end - span.first, seen.next_offset - 1)
            if seen.found:
                yield seen.found
            if stop.is_set():
                return


async def _ends(channel: Channel, stream: str, begin: Begin) -> Span:
    """Return from which offset to which is to be read; raises NoJournal."""
    last = await _last(channel, stream)
    if last is None:
        return Span(0, -1)
    if begin.offset > last.offset:
        return Span(begin.offset, last.offset)

    reading = Reading(channel, stream, FEW)
    await reading.start(begin.at)
    is_there = begin.has(last)
    found = await reading.next(SILENCE if is_there else EMPTY)
    await reading.stop()
    if found is not None:
        return Span(max(begin.offset, found.offset), last.offset)
    if is_there:
        raise ChannelInvalidStateError(NOTHING)
    return Span(last.offset + 1, last.offset)


async def _last(channel: Channel, stream: str) -> Record | None:
    """Return the last copy, None in an empty journal; raises NoJournal."""
    try:
        found = await channel.queue_declare(stream, passive=True)
    except ChannelNotFoundEntity as error:
        raise NoJournal(stream) from error

    # What was just written is not in the count: none may still be some, some are never none.
    is_there = bool(found.message_count)
    last = await last_record(channel, stream, SILENCE if is_there else EMPTY)
    if last is None and is_there:
        raise ChannelInvalidStateError(NOTHING)
    return last
