"""A TCP link that can be made bad: slow, thin, silent, cut, reset."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Way:
    """One direction. `delay` seconds before each piece, `rate` bytes a second at most; closed,
    nothing passes.
    """

    delay: float = 0.0
    rate: float = float("inf")
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Carry bytes until an end closes."""
        with suppress(ConnectionError, OSError):
            while piece := await source.read(65_536 if self.rate == float("inf") else 256):
                await self.open.wait()
                await asyncio.sleep(self.delay + len(piece) / self.rate)
                await self.open.wait()
                sink.write(piece)
                await sink.drain()
        sink.close()


class Proxy:
    """Listens on `port` and leads to `target` on the loopback. `up` goes to the broker, `down`
    comes from it.
    """

    def __init__(self, target: int) -> None:
        self.target, self.port, self.refusing = target, 0, False
        self.up, self.down = Way(), Way()
        self._writers: set[asyncio.StreamWriter] = set()

    def silence(self, *, up: bool = True, down: bool = True) -> None:
        """Let nothing pass any more; no end is told."""
        for way in [self.up] * up + [self.down] * down:
            way.open.clear()

    def heal(self) -> None:
        """Be a good link again."""
        self.refusing = False
        for way in (self.up, self.down):
            way.delay, way.rate = 0.0, float("inf")
            way.open.set()

    def cut(self, *, reset: bool = False) -> None:
        """End every connection: in order, or by a reset."""
        for writer in [writer for writer in self._writers if not writer.is_closing()]:
            if reset:
                end = writer.get_extra_info("socket")
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort() if reset else writer.close()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        with suppress(OSError):
            if not self.refusing:
                upstream, sink = await asyncio.open_connection("127.0.0.1", self.target)
                ends = {writer, sink}
                self._writers |= ends
                await asyncio.gather(self.up.pump(reader, sink), self.down.pump(upstream, writer))
                self._writers -= ends
        writer.transport.abort()


@asynccontextmanager
async def proxy(target: int) -> AsyncIterator[Proxy]:
    """Run a proxy for a while."""
    link, carrying = Proxy(target), set[asyncio.Task[None]]()

    def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        carrying.add(asyncio.create_task(link.carry(reader, writer)))

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    link.port = server.sockets[0].getsockname()[1]
    try:
        yield link
    finally:
        server.close()
        link.heal()
        link.cut(reset=True)
        await asyncio.gather(*carrying, return_exceptions=True)
