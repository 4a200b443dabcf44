"""Publishing with frames of our own on the client library's connection, and confirms read where they arrive.

The library spends some 90 µs on a publish: objects, tasks, queues, a lock. This spends a tenth. It connects through the
library's own hook for transports, and takes out of what comes in the confirms and returns of its channels; everything
else (handshake, channels, heartbeats, errors) stays the library's.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from importlib.metadata import version
from itertools import takewhile
from typing import Any
from uuid import uuid4

import aiormq
from aiormq.exceptions import AMQPConnectionError
from pamqp import frame
from yarl import URL

from schemas import frames
from schemas.webhook import Properties

BEAT = 1.0
"""Seconds between two heartbeats that the library is shown while all that comes in is ours: it watches for silence."""
_PROCESS = uuid4().hex[:20]


class UnexpectedClientError(Exception):
    """The AMQP client does not let us at its bytes: it is not one that this was written for."""

    def __init__(self) -> None:
        client = " with ".join(f"{name} {version(name)}" for name in ("aio-pika", "aiormq"))
        super().__init__(f"{client} connects without our transport; install what requirements/run.txt names")


class Failure(StrEnum):
    """Why a webhook was not published."""

    UNREACHABLE = "unreachable"  # no connection, or no channel
    BLOCKED = "blocked"  # an alarm: the broker reads nothing
    RETURNED = "returned"  # no queue took it
    NACKED = "nacked"  # a queue refused it
    TIMEOUT = "timeout"  # no confirm in time; it may be stored all the same
    LOST = "lost"  # the link died while we waited; likewise


class Confirms:
    """One channel's publishes and what became of each. The only publisher on it, so it knows every delivery tag."""

    def __init__(self, tap: "Tap", channel: int, frame_max: int, timeout: float) -> None:
        self._tap, self._channel, self._frame_max, self._timeout = tap, channel, frame_max, timeout
        self._loop = asyncio.get_running_loop()
        self._tag = 0
        self._waiting: dict[
            int, tuple[asyncio.Future[Failure | None], float]
        ] = {}  # in the order of tags and deadlines
        self._returned: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._id = f"{_PROCESS}{uuid4().hex[:8]}"
        tap.channels[channel] = self

    def publish(self, exchange: str, key: str, properties: Properties, body: bytes) -> asyncio.Future[Failure | None]:
        """Publish; the future says what went wrong, or None once it is stored and routed. Raises ValueError."""
        tag = self._tag + 1
        content = frames.content(self._channel, properties, f"{self._id}{tag:x}", body, self._frame_max)
        self._tap.write(frames.publish(self._channel, exchange, key), content)
        self._tag, deadline = tag, self._loop.time() + self._timeout
        future = self._loop.create_future()
        self._waiting[tag] = future, deadline
        if self._timer is None:
            self._timer = self._loop.call_at(deadline, self._expire)
        return future

    def take(self, kind: int, buffer: bytes, start: int, end: int) -> bool:
        """Take a frame of this channel where it is ours: a confirm, or part of a returned message."""
        if kind == frames.METHOD:
            what = frames.method(buffer, start)
            if what in (frames.ACK, frames.NACK):
                tag, multiple = frames.tagged(buffer, start)
                self._settle(tag, None if what == frames.ACK else Failure.NACKED, multiple=multiple)
            return what in (frames.ACK, frames.NACK, frames.RETURN)
        if kind == frames.CONTENT:
            _, _, header = frame.unmarshal(buffer[start - 7 : end + 1])
            self._returned.add(int(header.properties.message_id.removeprefix(self._id), 16))  # type: ignore[union-attr]
        return True

    def close(self) -> None:
        """Give up on what is not confirmed: the channel is gone."""
        self._tap.channels.pop(self._channel, None)
        self._settle(self._tag, Failure.LOST, multiple=True)

    def _settle(self, tag: int, failure: Failure | None, *, multiple: bool) -> None:
        for one in list(takewhile(lambda waiting: waiting <= tag, self._waiting)) if multiple else (tag,):
            future, _ = self._waiting.pop(one, (None, 0.0))
            if future is not None and not future.done():
                future.set_result(Failure.RETURNED if one in self._returned else failure)
            self._returned.discard(one)

    def _expire(self) -> None:
        now = self._loop.time()
        late = list(takewhile(lambda tag: self._waiting[tag][1] <= now, self._waiting))
        for tag in late:
            self._settle(tag, Failure.TIMEOUT, multiple=False)
        deadline = next(iter(self._waiting.values()), (None, None))[1]
        self._timer = None if deadline is None else self._loop.call_at(deadline, self._expire)


class Tap(asyncio.StreamReaderProtocol):
    """What the library reads from, less the frames that are ours. `is_blocked`: the broker reads nothing from us."""

    def __init__(self, reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(reader, loop=loop)
        self.channels: dict[int, Confirms] = {}
        self.is_blocked = False
        self._out: list[bytes] = []
        self._send: Callable[[bytes], None]
        self._soon = loop.call_soon
        self._time, self._shown, self._rest = loop.time, 0.0, b""

    def connection_made(self, transport: Any) -> None:
        """Note where to write."""
        super().connection_made(transport)
        self._send = transport.write

    def write(self, *pieces: bytes) -> None:
        """Send whole frames, joined with all that is sent in this turn of the loop: a system call costs more."""
        if not self._out:
            self._soon(self._flush)
        self._out += pieces

    def _flush(self) -> None:
        out, self._out = self._out, []
        self._send(b"".join(out))

    def data_received(self, data: bytes) -> None:
        """Take what is ours; let the library have the rest."""
        buffer = self._rest + data if self._rest else data
        passed, at = bytearray(), 0
        for kind, channel, start, end in frames.split(buffer):
            ours = self.channels.get(channel)
            if ours is None or not ours.take(kind, buffer, start, end):
                passed += buffer[at : end + 1]
                if channel == 0 and kind == frames.METHOD:
                    self._note(frames.method(buffer, start))
            at = end + 1
        self._rest = buffer[at:]
        if passed:
            super().data_received(bytes(passed))
        elif at and self._time() > self._shown + BEAT:
            self._shown = self._time()
            super().data_received(frames.HEARTBEAT)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits for a confirm that none will come."""
        for confirms in list(self.channels.values()):
            confirms.close()
        super().connection_lost(exc)

    def _note(self, what: int) -> None:
        if what in (frames.BLOCKED, frames.UNBLOCKED):
            self.is_blocked = what == frames.BLOCKED


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
