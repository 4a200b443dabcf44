"""One look at the journal, from the bytes: the copies that are wanted, out of very many.

One that nobody wants is told by a few bytes of its head; nothing is made of it, nor of its body.
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from aiormq import Channel
from aiormq.exceptions import ChannelInvalidStateError

from runtime.amqp import frames
from runtime.amqp.content_header import body_size, find_integer, integer_field
from runtime.amqp.tap import Tap
from runtime.waiting import either_or_later
from schemas import headers as webhook_headers
from workers.broker.deliveries import properties_in
from workers.broker.journal_copy import Copy, Wanted

AHEAD = 2000
AHEAD_WITH_BODIES = 200
"""Copies that come before they are asked for."""
MOST = 10_000
MOST_WITH_BODIES = 1_000
MOST_BYTES = 16_000_000
"""Copies that one look finds at most, and bytes of their bodies, about."""
SHOWN_AFTER = 20_000
"""Copies after which a look ends that has found anything: somebody waits for it."""
SILENCE = 30.0
"""Seconds in which the next copies come, where there are any: the broker may read slow disks."""
SKEW_MS = 60_000
"""By how much the clocks of broker and ingress differ at most, with the time that a copy takes."""

OFFSET = "x-stream-offset"
_OFFSET = integer_field(OFFSET)
_RECEIVED = integer_field(webhook_headers.RECEIVED)


class Span(NamedTuple):
    """From which offset to which is looked."""

    first: int
    last: int


class Window:
    """One look, which ends when enough is found or looked at, or where its span does: then it
    `is_last`.
    """

    def __init__(self, tap: Tap, wanted: Wanted, span: Span, passed: Callable[[int], None]) -> None:
        self.looked = 0
        self.next_offset = span.first
        self.is_last = False
        self._tap = tap
        self._number = 0
        self._span = span
        self._wanted = wanted
        self._ahead = AHEAD_WITH_BODIES if wanted.bodies else AHEAD
        most = MOST_WITH_BODIES if wanted.bodies else MOST
        self._most = min(most, wanted.most or most)

        self._found: list[Copy] = []
        self._bytes = 0
        self._ended = asyncio.Event()
        self._passed = passed
        self._is_look = False  # whether it is time to acknowledge, and to tell

        # The copy whose frames are coming in.
        self._tag = 0
        self._method = b""
        self._head: Copy | None = None
        self._missing = 0
        self._pieces: list[bytes] = []

    async def read(self, channel: Channel, stream: str, stop: asyncio.Event) -> list[Copy]:
        """Read from the first offset on, until `stop` is set at most; return what is wanted.

        What is on its way by then still comes: `close` once the channel is closed.
        """
        channel.closing.add_done_callback(lambda _: self._ended.set())
        await channel.basic_qos(prefetch_count=self._ahead)
        self._number = channel.number
        self._tap.channels[self._number] = self

        consuming = await channel.basic_consume(
            stream, _nobody, arguments={OFFSET: self.next_offset}
        )
        await self._until_ended(channel, stop)
        await channel.basic_cancel(str(consuming.consumer_tag))
        return self._found

    async def _until_ended(self, channel: Channel, stop: asyncio.Event) -> None:
        """Wait for the end, for as long as copies come; raises ChannelInvalidStateError."""
        looked = -1
        while not self._ended.is_set() and looked < self.looked:
            looked = self.looked
            await either_or_later(self._ended, stop, SILENCE)
            if stop.is_set():
                self._end_here()
        if channel.is_closed or not self._ended.is_set():
            raise ChannelInvalidStateError("the journal gives nothing more")

    def _end_here(self) -> None:
        """End; a copy that has come in part comes again in the next look."""
        if self._head is not None:
            self.next_offset = self._head.offset
        self._passed(self.next_offset)
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
        self.looked += 1

        self._is_look = self.looked % (self._ahead // 4) == 0
        until_ms = self._wanted.until_ms
        if self._is_look and until_ms:
            received_ms = find_integer(_RECEIVED, buffer, start, end)
            self.is_last = received_ms > until_ms + SKEW_MS

        offset = find_integer(_OFFSET, buffer, start, end)
        if offset < self.next_offset:  # a chunk is given whole
            return

        self.next_offset = offset + 1
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

        if self._is_look:
            self._tap.write(frames.ack_up_to(self._number, self._tag))
            self._passed(self.next_offset)
        self.is_last = self.is_last or self.next_offset > self._span.last
        if self.is_last or self._is_full:
            self._passed(self.next_offset)
            self._ended.set()

    @property
    def _is_full(self) -> bool:
        """Whether enough is found, or something a while ago."""
        if not self._found:
            return False
        is_much = len(self._found) >= self._most or self._bytes >= MOST_BYTES
        return is_much or self.looked >= SHOWN_AFTER


async def _nobody(_: object) -> None:
    """Take nothing from the library: it is read from the bytes."""
