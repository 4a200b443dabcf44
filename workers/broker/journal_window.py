"""One look at the journal, from the bytes: the copies that are wanted, out of very many.

One that nobody wants is told by a few bytes of its head; nothing is made of it, nor of its body.
"""

import asyncio

from aiormq import Channel
from aiormq.exceptions import ChannelInvalidStateError

from runtime.amqp import frames
from runtime.amqp.content_header import body_size, find_integer, integer_field
from runtime.amqp.tap import Tap
from runtime.waiting import either_or_later
from schemas import headers as webhook_headers
from workers.broker.deliveries import properties_in
from workers.broker.journal_ahead import STRETCH, Seen, Span
from workers.broker.journal_copy import Copy, Wanted

AHEAD = 500
AHEAD_WITH_BODIES = 200
"""Copies that come before they are asked for."""
MOST_WITH_BODIES = 1_000
MOST_BYTES = 8_000_000
"""Copies that one look finds at most where it takes bodies too, and bytes of those, about."""
SILENCE = 30.0
"""Seconds in which the next copies come, where there are any: the broker may read slow disks."""
SKEW_MS = 60_000
"""By how much the clocks of broker and ingress differ at most, with the time that a copy takes."""

OFFSET = "x-stream-offset"
_OFFSET = integer_field(OFFSET)
_RECEIVED = integer_field(webhook_headers.RECEIVED)


class Window:
    """One look, which ends when enough is found, or where its span does."""

    def __init__(self, tap: Tap, wanted: Wanted, span: Span) -> None:
        self._looked = 0
        self._unacked = 0
        self._next_offset = span.first
        self._is_past = False  # whether what comes now was received too late
        self._tap = tap
        self._number = 0
        self._span = span
        self._wanted = wanted
        self._ahead = AHEAD_WITH_BODIES if wanted.bodies else AHEAD
        most = MOST_WITH_BODIES if wanted.bodies else STRETCH
        self._most = min(most, wanted.most or most)

        self._found: list[Copy] = []
        self._bytes = 0
        self._ended = asyncio.Event()
        self._is_time = False  # to acknowledge, and to see when copies were received

        # The copy whose frames are coming in.
        self._tag = 0
        self._method = b""
        self._head: Copy | None = None
        self._missing = 0
        self._pieces: list[bytes] = []

    async def read(self, channel: Channel, stream: str, stop: asyncio.Event) -> Seen:
        """Read from the first offset on, until `stop` is set at most; return what is wanted of it.

        What is on its way by then still comes: `close` once the channel is closed.
        """
        channel.closing.add_done_callback(lambda _: self._ended.set())
        await channel.basic_qos(prefetch_count=self._ahead)
        self._number = channel.number
        self._tap.channels[self._number] = self

        try:
            consuming = await channel.basic_consume(
                stream, _nobody, arguments={OFFSET: self._next_offset}
            )
            await self._until_ended(channel, stop)
            await channel.basic_cancel(str(consuming.consumer_tag))
        finally:
            # An ack behind the channel's end would cost the whole connection.
            self._ended.set()
        return Seen(self._found, self._next_offset, self._is_past)

    async def _until_ended(self, channel: Channel, stop: asyncio.Event) -> None:
        """Wait for the end, for as long as copies come; raises ChannelInvalidStateError."""
        looked = -1
        while not self._ended.is_set() and looked < self._looked:
            looked = self._looked
            await either_or_later(self._ended, stop, SILENCE)
            if stop.is_set():
                self._end_here()
        if channel.is_closed or not self._ended.is_set():
            raise ChannelInvalidStateError("the journal gives nothing more")

    def _end_here(self) -> None:
        """End; a copy that has come in part comes again in the next look."""
        if self._head is not None:
            self._next_offset = self._head.offset
        self._ended.set()

    def close(self) -> None:
        """Take no more from the connection."""
        channels = self._tap.channels
        if channels.get(self._number) is self:
            del channels[self._number]

    def take(self, kind: int, buffer: bytes, start: int, end: int) -> bool:
        """Take a frame of this channel where it is part of a delivery."""
        if kind == frames.METHOD:
            if frames.method(buffer, start) != frames.DELIVER:
                return False
            self._tag, _ = frames.delivered(buffer, start)
            self._method = buffer[start:end]
            return True
        if self._ended.is_set():
            return True

        if kind == frames.CONTENT:
            self._look(buffer, start, end)
        else:
            self._missing -= end - start
            if self._wanted.bodies and self._head is not None:
                self._pieces.append(buffer[start:end])

        if not self._missing:
            self._end()
        return True

    def _look(self, buffer: bytes, start: int, end: int) -> None:
        """Look at a copy's head, and keep it where it is wanted."""
        size = body_size(buffer, start)
        self._missing = size
        self._head = None
        self._looked += 1
        self._unacked += 1

        self._is_time = self._looked % (self._ahead // 4) == 0
        until_ms = self._wanted.until_ms
        if self._is_time and until_ms:
            received_ms = find_integer(_RECEIVED, buffer, start, end)
            self._is_past = received_ms > until_ms + SKEW_MS

        offset = find_integer(_OFFSET, buffer, start, end)
        if offset < self._next_offset:  # a chunk is given whole
            return

        self._next_offset = min(offset, self._span.last) + 1
        if offset > self._span.last:  # all before it is too old, and gone meanwhile
            return

        for needle in self._wanted.needles:
            if buffer.find(needle, start, end) < 0:
                return

        key = frames.routing_key(self._method, 0)
        properties = properties_in(buffer, start, end)
        properties.headers.pop(OFFSET, None)
        if self._wanted.takes(key, properties):
            self._head = Copy(offset, key, properties, size, b"")

    def _end(self) -> None:
        """Note that a copy has come wholly."""
        if self._head is not None:
            body = b"".join(self._pieces)
            self._found.append(self._head._replace(body=body))
            self._bytes += len(body)
            self._pieces = []
            self._head = None

        if self._is_time and self._lacks_credit:
            self._tap.write(frames.ack_up_to(self._number, self._tag))
            self._unacked = 0
        if self._is_past or self._is_full or self._next_offset > self._span.last:
            self._ended.set()

    @property
    def _lacks_credit(self) -> bool:
        """Whether the broker would end before the span does, with what it may still give unasked.

        What comes behind the span is work for nothing.
        """
        credit = self._ahead - self._unacked
        missing = self._span.last + 1 - self._next_offset
        return missing > credit

    @property
    def _is_full(self) -> bool:
        return len(self._found) >= self._most or self._bytes >= MOST_BYTES


async def _nobody(_: object) -> None:
    """Take nothing from the library: it is read from the bytes."""
