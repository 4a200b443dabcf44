"""A backend that shows what reached it, or fails as no ingress does when told to.

It stands in for `hookline-ingress` where a request is to be seen as the balancer sends it, or where
an answer is to be had at will. All else is tried with the real one.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from multidict import CIMultiDictProxy

from tests.deploy.balancers import Door

Act = Callable[[web.Request], Awaitable[web.Response]]


async def accept(request: web.Request) -> web.Response:
    """Answer 200."""
    return web.json_response({"id": "1"})


async def vanish(request: web.Request) -> web.Response:
    """Close the connection without an answer, as a process does that is killed."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def refuse(request: web.Request) -> web.Response:
    """Answer what an ingress does whose broker did not confirm in time: it may be stored."""
    return web.json_response({"error": "broker_unavailable"}, status=503)


class Backend:
    """Always ready, and keeps the headers of whatever is posted to it, and by which connection."""

    def __init__(self, act: Act) -> None:
        self.posted: list[CIMultiDictProxy[str]] = []
        self.connections: set[tuple[str, int]] = set()
        self._act = act

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Be ready; do with a POST as told."""
        assert isinstance(request, web.Request)
        if request.method == "GET":
            return web.json_response({"ready": True})
        await request.read()
        self.posted.append(request.headers)
        assert request.transport is not None
        self.connections.add(request.transport.get_extra_info("peername"))
        return await self._act(request)


@asynccontextmanager
async def backend(act: Act = accept) -> AsyncIterator[tuple[Backend, Door]]:
    """Run a backend; its one port is its admin port too."""
    found = Backend(act)
    app = web.Application(client_max_size=8 * 1024**2)
    app.router.add_route("*", "/{path:.*}", found.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    try:
        yield found, Door(port, port)
    finally:
        await runner.cleanup()
