"""Listening: aiohttp's server with the limits it lacks, and an orderly end."""

import asyncio
import resource
import socket
from functools import partial
from typing import Any, cast

from aiohttp import web

from ingress.app import Handler
from ingress.connection import Connection, check_server
from ingress.gate import MAX_GUESTS, Gate
from ingress.waiting_room import WaitingRoom
from runtime.waiting import set_or_later

KEEP_ALIVE = 75.0
"""Seconds that an idle connection is kept: longer than load balancers do, so they close first."""
RECEIVE_BUFFER = 64 * 1024
"""Bytes that the kernel keeps of a connection, and so the most that is read in one piece. Times the
connections, they are taken before anything is refused; left alone, the kernel lets them grow to
megabytes.
"""
SEND_BUFFER = 32 * 1024
"""Bytes that the kernel keeps of answers that a client does not read."""
BACKLOG = 1024
"""Connections that wait until they are taken; the kernel cuts it down to `net.core.somaxconn`."""
OTHER_FILES = 64
"""Open files that are no connections of clients."""
LAST_REQUESTS = 1.0
"""Seconds that those have to bring a request who were let in just before the drain."""
CHECK_GUESTS_EVERY = 0.02
"""Seconds between two looks whether they have."""
LINGER = 3.0
"""Seconds that the rest of a refused body is read, so that its sender gets to see the answer."""


class Server:
    """The public port."""

    def __init__(self, handler: Handler, gate: Gate) -> None:
        server = web.Server(cast("Any", handler))
        self._runner = web.ServerRunner(server, shutdown_timeout=LINGER)
        self._gate = gate
        self._listener: asyncio.Server | None = None

    async def listen(
        self, host: str, port: int, *, shared: bool = False, given: socket.socket | None = None
    ) -> int:
        """Listen and return the port; with `shared`, processes of ours may listen on it too.

        A socket that was `given` listens already. Its connections wait until `accept`.

        Raises OSError where the port is taken.
        Raises UnexpectedServerError where aiohttp is not one that this was written for.
        """
        check_server()
        self._gate.guests = WaitingRoom(_places(), 0)
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        factory = partial(
            Connection,
            self._runner.server,
            loop=loop,
            gate=self._gate,
            keepalive_timeout=KEEP_ALIVE,
            lingering_time=LINGER,
            read_bufsize=RECEIVE_BUFFER,
            auto_decompress=False,
            access_log=None,
        )
        place: dict[str, Any] = {"host": host, "port": port, "reuse_port": shared}
        if given is not None:
            place = {"sock": given, "start_serving": False}
        self._listener = await loop.create_server(factory, backlog=BACKLOG, **place)
        for one in self._listener.sockets:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

        address = self._listener.sockets[0].getsockname()
        return int(address[1])

    @property
    def is_accepting(self) -> bool:
        """Whether connections are taken."""
        return self._listener is not None and self._listener.is_serving()

    async def accept(self) -> None:
        """Take connections from here on; `listen` comes first."""
        if self._listener is not None:
            await self._listener.start_serving()

    async def drain(self, timeout: float) -> None:  # noqa: ASYNC109 - no cancel scope is meant
        """Refuse new connections; let those who were just let in bring a request, then `close`.

        Accepted requests have `timeout` seconds to end, these included.
        """
        self._stop_listening()
        last_requests = min(LAST_REQUESTS, timeout)
        await self._last_requests(last_requests)
        await self.close(timeout - last_requests)

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109 - no cancel scope is meant
        """Refuse new connections and requests; give accepted ones `timeout` seconds to end."""
        self._stop_listening()
        self._gate.draining = True
        self._gate.set_empty_if_drained()
        await set_or_later(self._gate.empty, timeout)
        await self._runner.cleanup()

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()

    async def _last_requests(self, seconds: float) -> None:
        """Return when nobody is left who was let in and has brought nothing, or after so long."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while True:
            await asyncio.sleep(CHECK_GUESTS_EVERY)  # who is being let in now becomes a guest
            if not self._gate.guests or loop.time() >= deadline:
                return


def _places() -> int:
    """Return how many guests there may be: fewer than the process may have files open."""
    open_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if open_files == resource.RLIM_INFINITY:
        return MAX_GUESTS

    left = max(open_files - OTHER_FILES, 1)
    return min(MAX_GUESTS, left)
