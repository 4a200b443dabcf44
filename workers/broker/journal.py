"""Reading the journal, in windows: nothing is being read while one is worked on.

So a slow reader holds neither memory nor a consumer of the broker.
"""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import NamedTuple

from aiormq import Channel
from aiormq.exceptions import ChannelNotFoundEntity

from runtime.amqp.channels import channel_of
from runtime.amqp.link import Connection, tap_of
from runtime.amqp.stream import EMPTY, Reading, last_chunk
from schemas.copies import journal_stream
from workers.broker.journal_copy import Copy, Passed, Wanted
from workers.broker.journal_window import SKEW_MS, Span, Window

FEW = 2
"""Copies that come unasked to who looks for the first one alone."""


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
        return datetime.fromtimestamp(max(0, early_enough), UTC)


async def copies(
    connection: Connection, app: str, begin: Begin, wanted: Wanted, passed: Passed
) -> AsyncGenerator[list[Copy], None]:
    """Yield the copies that are wanted of those that are there now, the oldest first, in windows.

    `passed` is told how many were looked at, of how many. Raises NoJournal, and
    ChannelInvalidStateError once the channel is gone.
    """
    stream = journal_stream(app)
    async with channel_of(connection) as channel:
        first, last = await _ends(channel, stream, begin)

    def tell(next_offset: int) -> None:
        passed(min(next_offset, last + 1) - first, last + 1 - first)

    at = first
    is_last = at > last
    while not is_last:
        window = Window(tap_of(connection), wanted, Span(at, last), tell)
        try:
            async with channel_of(connection) as channel:
                found = await window.read(channel, stream)
        finally:
            window.close()
        if found:
            yield found

        at = window.next_offset
        is_last = window.is_last


async def _ends(channel: Channel, stream: str, begin: Begin) -> tuple[int, int]:
    """Return the first offset that is to be read and the last; raises NoJournal."""
    try:
        await channel.queue_declare(stream, passive=True)
    except ChannelNotFoundEntity as error:
        raise NoJournal(stream) from error

    chunk = await last_chunk(channel, stream)
    if not chunk:
        return 0, -1

    last = chunk[-1].offset
    if begin.offset > last:
        return begin.offset, last

    reading = Reading(channel, stream, FEW)
    await reading.start(begin.at)
    found = await reading.next(EMPTY)
    await reading.stop()
    if found is None:
        return last + 1, last
    return max(begin.offset, found.offset), last
