"""Consuming from the bytes: deliveries are read where they arrive, and acks written as frames of our own.

The client library spends some 90 µs on a delivery and its ack: objects, tasks, queues, a lock. This spends a tenth. It
connects through the library's own hook for transports, and takes the deliveries of its channels out of what comes in;
everything else (handshake, channels, heartbeats, errors) stays the library's.

Each delivery gets an ack of its own; those of one turn of the loop go out in one write. An ack with `multiple` is safe
only where every delivery before it is settled too, and runs end in any order: it would save bytes, and risk messages.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib.metadata import version
from typing import Any

import aiormq
from aiormq.exceptions import AMQPConnectionError, ChannelInvalidStateError
from pamqp import frame
from yarl import URL

from schemas import description, frames
from schemas.description import Description, Unread
from workers.broker.properties import described

BEAT = 1.0
"""Seconds between two heartbeats that the library is shown while all that comes in is ours: it watches for silence."""


Receive = Callable[["Deliveries", int, bool, Description, bytes], None]
"""Takes a delivery: channel, delivery tag, whether it was delivered before, properties, body. Must not raise."""


class UnexpectedClientError(Exception):
    """The AMQP client does not let us at its bytes: it is not one that this was written for."""

    def __init__(self) -> None:
        client = " with ".join(f"{name} {version(name)}" for name in ("aio-pika", "aiormq"))
        super().__init__(f"{client} connects without our transport; install what requirements/run.txt names")


class Deliveries:
    """One channel's deliveries, handed on whole; and what is told the broker about them."""

    def __init__(self, tap: "Tap", channel: aiormq.Channel, receive: Receive) -> None:
        self._tap, self.channel, self._receive = tap, channel, receive
        self._tag, self._redelivered = 0, False
        self._size, self._description = 0, Description()
        self._pieces: list[bytes] = []
        tap.channels[channel.number] = self

    @property
    def is_closed(self) -> bool:
        """Whether the broker has taken back what it delivered here."""
        return bool(self.channel.is_closed)

    def ack(self, tag: int) -> None:
        """Tell the broker that it may forget the message; raises where the channel is gone."""
        if self.is_closed:
            raise ChannelInvalidStateError("the channel is gone")
        self._tap.write(frames.ack(self.channel.number, tag))

    def nack(self, tag: int) -> Awaitable[None]:
        """Give a message back unharmed: from RabbitMQ 4.3 on, this does not count towards the delivery limit."""
        return self.channel.basic_nack(tag, requeue=True, wait=False)

    def reject(self, tag: int) -> Awaitable[None]:
        """Give a message back as failed: this counts towards the delivery limit on every version."""
        return self.channel.basic_reject(tag, requeue=True, wait=False)

    def close(self) -> None:
        """Take no more from the connection."""
        self._tap.channels.pop(self.channel.number, None)

    def take(self, kind: int, buffer: bytes, start: int, end: int) -> bool:
        """Take a frame of this channel where it is part of a delivery."""
        if kind == frames.METHOD:
            if frames.method(buffer, start) != frames.DELIVER:
                return False
            self._tag, self._redelivered = frames.delivered(buffer, start)
            return True
        if kind == frames.CONTENT:
            self._size, self._description, self._pieces = (
                description.body_size(buffer, start),
                _read(buffer, start, end),
                [],
            )
        else:
            self._pieces.append(buffer[start:end])
            self._size -= end - start
        if not self._size:
            body = b"".join(self._pieces)
            self._receive(self, self._tag, self._redelivered, self._description, body)
        return True


def _read(buffer: bytes, start: int, end: int) -> Description:
    """Read what describes a message; where nobody can, it is described by nothing, and so malformed."""
    try:
        return description.read(buffer, start)
    except Unread:
        try:
            return described(frame.unmarshal(buffer[start - 7 : end + 1])[2].properties)  # type: ignore[union-attr]
        except Exception:  # noqa: BLE001 - bytes that the library cannot read either, in whatever way
            return Description()


class Tap(asyncio.StreamReaderProtocol):
    """What the library reads from, less the frames that are ours."""

    def __init__(self, reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(reader, loop=loop)
        self.channels: dict[int, Deliveries] = {}
        self._out: list[bytes] = []
        self._send: Callable[[bytes], None]
        self._soon, self._time = loop.call_soon, loop.time
        self._shown, self._rest = 0.0, b""

    def connection_made(self, transport: Any) -> None:
        """Note where to write."""
        super().connection_made(transport)
        self._send = transport.write

    def write(self, frame: bytes) -> None:
        """Send a whole frame, joined with all that is sent in this turn of the loop: a system call costs more."""
        if not self._out:
            self._soon(self._flush)
        self._out.append(frame)

    def _flush(self) -> None:
        out, self._out = self._out, []
        # A transport that is closed raises. Its channels are told of it too, and what was acked comes back.
        with suppress(RuntimeError):
            self._send(b"".join(out))

    def data_received(self, data: bytes) -> None:
        """Take what is ours; let the library have the rest."""
        buffer = self._rest + data if self._rest else data
        passed, at = bytearray(), 0
        for kind, channel, start, end in frames.split(buffer):
            ours = self.channels.get(channel)
            if ours is None or not ours.take(kind, buffer, start, end):
                passed += buffer[at : end + 1]
            at = end + 1
        self._rest = buffer[at:]
        if passed:
            super().data_received(bytes(passed))
        elif at and self._time() > self._shown + BEAT:
            self._shown = self._time()
            super().data_received(frames.HEARTBEAT)


class Transport(aiormq.TransportFactory):
    """Connects for the library, with a tap in the line."""

    tap: Tap | None = None

    async def create(self, url: URL, **kwargs: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open the TCP or TLS connection that the URL asks for; raises AMQPConnectionError."""
        certificates, loop = kwargs.pop("ssl_context_provider"), asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        tap = self.tap = Tap(reader, loop)
        tls = await certificates.get_context() if url.scheme == "amqps" else None
        try:
            transport, _ = await loop.create_connection(lambda: tap, url.host or "", url.port or 0, ssl=tls, **kwargs)
        except OSError as error:
            raise AMQPConnectionError(*error.args) from error
        return reader, asyncio.StreamWriter(transport, tap, reader, loop)
