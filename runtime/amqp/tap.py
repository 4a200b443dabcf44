"""A tap in the client library's line: our own frames go out, and what is ours is taken out.

The library spends some 90 µs on a publish, a delivery or an ack: objects, tasks, queues, a lock.
This spends a tenth. It connects through the library's own hook for transports; everything else
(handshake, channels, heartbeats, errors) stays the library's.
"""

import asyncio
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Protocol

import aiormq
from aiormq.exceptions import AMQPConnectionError
from pamqp import frame
from yarl import URL

from runtime.amqp import frames

BEAT = 1.0
"""Seconds between two heartbeats that the library is shown while all that comes in is ours.

It watches for silence, and would close the connection.
"""
CONNECTION_CLOSE = 0x000A_0032
CHANNEL_CLOSE = 0x0014_0028


class UnexpectedClientError(Exception):
    """The AMQP client does not let us at its bytes: it is not one that this was written for."""

    def __init__(self) -> None:
        pika = version("aio-pika")
        aiormq = version("aiormq")
        client = f"aio-pika {pika} with aiormq {aiormq}"
        advice = "install what deploy/requirements/run.txt names"
        super().__init__(f"{client} connects without our transport; {advice}")


class ChannelReader(Protocol):
    """Who reads the frames of one channel before the library does."""

    def take(self, kind: int, buffer: bytes, start: int, end: int) -> bool:
        """Take the frame whose payload lies there, or leave it to the library; tell which.

        Must not raise.
        """

    def close(self) -> None:
        """Take note that the channel or the connection is gone."""


class Tap(asyncio.StreamReaderProtocol):
    """What the library reads from, less the frames that are ours.

    `is_blocked`: the broker reads nothing from us. `refusal`: why it closed the connection, in its
    own words. `first_bytes`: what came first, eight of them at most.
    """

    def __init__(self, reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(reader, loop=loop)
        self.channels: dict[int, ChannelReader] = {}
        self.is_blocked = False
        self.refusal = ""
        self.first_bytes = b""

        self._out: list[bytes] = []  # what is sent at the end of this turn
        self._send: Callable[[bytes], None]
        self._unsent: Callable[[], int]
        self._is_closing: Callable[[], bool]
        self._call_soon = loop.call_soon
        self._now = loop.time
        self._last_beat = 0.0  # when the library was last shown a heartbeat, on the loop's clock
        self._incomplete = b""  # the beginning of a frame whose end has not come yet

    @property
    def unsent(self) -> int:
        """Bytes that the broker has not taken yet, less what waits in this turn of the loop."""
        return self._unsent()

    def connection_made(self, transport: Any) -> None:
        """Note where to write."""
        super().connection_made(transport)
        self._send = transport.write
        self._unsent = transport.get_write_buffer_size
        self._is_closing = transport.is_closing

    def write(self, *pieces: bytes) -> None:
        """Send whole frames, joined with all that is sent in this turn of the loop.

        A system call costs more than joining them.
        """
        if not self._out:
            self._call_soon(self._flush)
        self._out += pieces

    def _flush(self) -> None:
        out = self._out
        self._out = []
        if self._is_closing():
            return  # the broker has gone since, and its channels tell who waits

        raw = b"".join(out)
        self._send(raw)

    def data_received(self, data: bytes) -> None:
        """Take what is ours; let the library have the rest."""
        if not self.first_bytes:
            self.first_bytes = data[:8]
        buffer = data
        if self._incomplete:
            buffer = self._incomplete + data

        passed = bytearray()
        at = 0

        for kind, channel, start, end in frames.split(buffer):
            following = end + 1
            reader = self.channels.get(channel)
            if reader is None or not reader.take(kind, buffer, start, end):
                whole = buffer[at:following]
                passed += whole
                if channel == 0 and kind == frames.METHOD:
                    what = frames.method(buffer, start)
                    self._note(what, whole)
            at = following
        self._incomplete = buffer[at:]

        if passed:
            super().data_received(bytes(passed))
            return
        if not at:
            return

        now = self._now()
        if now > self._last_beat + BEAT:
            self._last_beat = now
            super().data_received(frames.HEARTBEAT)

    def eof_received(self) -> bool | None:
        """Let the library have the half of a frame too: what speaks no AMQP is its to refuse."""
        incomplete = self._incomplete
        self._incomplete = b""
        if incomplete:
            super().data_received(incomplete)

        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits for something from the broker that it will not come."""
        tapped = list(self.channels.values())
        for channel in tapped:
            channel.close()
        super().connection_lost(exc)

    def _note(self, what: int, whole: bytes) -> None:
        if what == frames.BLOCKED:
            self.is_blocked = True
        elif what == frames.UNBLOCKED:
            self.is_blocked = False
        elif what == CONNECTION_CLOSE:
            closing: Any
            _, _, closing = frame.unmarshal(whole)
            self.refusal = f"{closing.reply_code} {closing.reply_text}"


class Transport(aiormq.TransportFactory):
    """Connects for the library, with a tap in the line."""

    tap: Tap | None = None

    async def create(
        self, url: URL, **kwargs: Any
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open the TCP or TLS connection that the URL asks for; raises AMQPConnectionError."""
        certificates = kwargs.pop("ssl_context_provider")
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        tap = Tap(reader, loop)
        self.tap = tap

        tls = None
        host = url.host or ""
        port = url.port or 0
        try:
            if url.scheme == "amqps":
                tls = await certificates.get_context()
            transport, _ = await loop.create_connection(lambda: tap, host, port, ssl=tls, **kwargs)
        except OSError as error:
            raise AMQPConnectionError(*error.args) from error

        writer = asyncio.StreamWriter(transport, tap, reader, loop)
        return reader, writer
