"""Listening: aiohttp's server with the limits it lacks, and an orderly end."""

import asyncio
import socket
from contextlib import suppress
from functools import partial
from typing import Any, cast

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from ingress.app import Handler
from ingress.gate import Gate

KEEP_ALIVE = 75.0
"""Seconds that an idle connection is kept: longer than load balancers keep theirs, so that they close first."""
MAX_HEADERS = 100
RECEIVED = 64 * 1024
"""Bytes that the kernel keeps of a connection, and so the most that is read in one piece. Times the connections, they
are taken before anything is refused; left alone, the kernel lets them grow to megabytes."""
LINGER = 3.0
"""Seconds that the rest of a refused body is read, so that its sender gets to see the answer."""


class Connection(RequestHandler):
    """One client's connection. Closes when a request's headers take too long; aiohttp bounds only idleness."""

    __slots__ = ("_header_timeout", "_header_timer", "_held")

    def __init__(self, manager: Any, *, header_timeout: float, **kwargs: Any) -> None:
        super().__init__(manager, **kwargs)
        self._header_timeout = header_timeout
        self._header_timer: asyncio.TimerHandle | None = None
        self._held = False

    def data_received(self, data: bytes) -> None:
        """Take in bytes: the first ones of a request start the clock, its last header stops it."""
        super().data_received(data)
        complete = self._request_in_progress or self._messages
        if self._header_timer is None and not complete:
            self._header_timer = self._loop.call_later(self._header_timeout, self.force_close)
        elif self._header_timer is not None and complete:
            self._header_timer.cancel()
            self._header_timer = None

    def pause_reading(self) -> None:
        """Read no more for now: more has come of a body than is held."""
        self._held = True
        super().pause_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002 - aiohttp's
        """Read on. aiohttp parses and polls anew after every body; here only what was held up is gone on with."""
        if self._held:
            self._held = not resume_parser
            super().resume_reading(resume_parser)

    def eof_received(self) -> bool:  # type: ignore[override] # aiohttp closes at once, and its answer with it
        """Take note that the client sends no more; keep the connection until what it did send is answered."""
        self._close = True
        idle = self._waiter is not None or not self._request_count
        return bool(self._messages) or not idle

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the clock with the connection."""
        if self._header_timer is not None:
            self._header_timer.cancel()
        super().connection_lost(exc)


class Server:
    """The public port."""

    def __init__(self, handler: Handler, gate: Gate) -> None:
        self._runner, self._gate = web.ServerRunner(web.Server(cast("Any", handler)), shutdown_timeout=LINGER), gate
        self._listener: asyncio.Server | None = None

    async def listen(self, host: str, port: int, *, shared: bool = False) -> int:
        """Listen and return the port, `shared` with processes of ours or not; raises OSError where it is taken."""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        factory = partial(
            Connection,
            self._runner.server,
            loop=loop,
            header_timeout=self._gate.body_timeout,
            keepalive_timeout=KEEP_ALIVE,
            lingering_time=LINGER,
            max_headers=MAX_HEADERS,
            auto_decompress=False,
            access_log=None,
        )
        self._listener = await loop.create_server(factory, host, port, backlog=1024, reuse_port=shared)
        for one in self._listener.sockets:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED)
        return int(self._listener.sockets[0].getsockname()[1])

    async def drain(self, timeout: float) -> None:  # noqa: ASYNC109 - it is what we wait for, not a cancel scope
        """Take no new connections, refuse new requests, and let accepted ones end within `timeout` seconds."""
        self._gate.draining = True
        if self._listener is not None:
            self._listener.close()
        self._gate.note()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._gate.empty.wait(), timeout)
        await self._runner.cleanup()
