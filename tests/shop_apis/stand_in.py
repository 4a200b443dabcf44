"""A platform's API of webhooks on 127.0.0.1, for several shops by their Host, which misbehaves when
it is told to.
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ssl import SSLContext
from types import ModuleType
from typing import Any

from aiohttp import web
from multidict import MultiDict

from tests.shop_apis import shopify_api, spiffy_api
from tests.shop_apis.shop_store import NotTaken, ShopStore

APIS = {"spiffy": spiffy_api, "shopify": shopify_api}

Handler = Callable[[], Awaitable[web.Response]]
Trouble = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]
"""Answers a request in place of the API, which it may ask."""


class StandIn:
    """The API; `calls` are what was asked of it."""

    def __init__(self, platform: str) -> None:
        self.platform = platform
        self.shops: dict[str, ShopStore] = {}
        self.calls: list[str] = []
        self.url = ""
        self.takes_no_notice_of_pages = False
        self._api: ModuleType = APIS[platform]
        self._troubles: list[tuple[str, Trouble]] = []

    def shop(self, name: str, credential: str, **given: Any) -> ShopStore:
        """Have a shop; `key:password` is asked for as Basic, a token as the platform has it."""
        wanted = credential
        if ":" in credential:
            wanted = f"Basic {b64encode(credential.encode()).decode()}"
        elif self.platform == "spiffy":
            wanted = f"Bearer {credential}"
        self.shops[name] = ShopStore(wanted, self._api.TOPICS, **given)
        return self.shops[name]

    def trouble(self, call: str, *troubles: Trouble) -> None:
        """Have the next calls that begin so (`GET /webhooks.json`) come to grief, one each."""
        self._troubles += [(call, trouble) for trouble in troubles]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request, or misbehave."""
        path = request.path.removeprefix(self._api.PATH)
        call = f"{request.method} {path}"
        shown = f"{call}?{request.query_string}" if request.query_string else call
        self.calls.append(shown)

        body = await request.read()

        async def answered() -> web.Response:
            return self._answered(request, path, body)

        for at, (begins, trouble) in enumerate(self._troubles):
            if shown.startswith(begins):
                del self._troubles[at]
                return await trouble(request, answered)
        return await answered()

    def _answered(self, request: web.Request, path: str, body: bytes) -> web.Response:
        store = self.shops.get(request.host)
        if store is None or not request.path.startswith(self._api.PATH):
            return _json(404, {"errors": "Not Found"})
        authorization = request.headers.get("Authorization", "")
        if not self._api.is_known(store, request.headers, authorization):
            return _json(401, {"errors": "[API] Invalid API key or access token"})
        if request.headers.get("Accept") != "application/json":
            return _json(406, {"errors": "Not Acceptable"})

        limits, is_over = self._api.count_call(store)
        if is_over:
            headers, errors = self._api.too_many()
            return _json(429, errors, limits | headers)
        try:
            status, document, headers = self._done(store, request, path, body)
        except NotTaken as error:
            return _json(error.status, {"errors": error.errors}, limits)
        return _json(status, document, limits | headers)

    def _done(
        self, store: ShopStore, request: web.Request, path: str, body: bytes
    ) -> tuple[int, Any, dict[str, str]]:
        method = request.method
        if (method, path) == ("GET", "/webhooks.json"):
            asked = MultiDict(request.query)
            if self.takes_no_notice_of_pages:
                asked.popall("page", None)
                asked.popall("page_info", None)
            hooks, headers = self._api.page(store, asked, str(request.url.with_query(None)))
            return 200, {"webhooks": hooks}, headers
        if (method, path) == ("GET", "/webhooks/count.json"):
            return 200, {"count": len(store.found(request.query))}, {}
        if (method, path) == ("POST", "/webhooks.json"):
            given = _webhook(request, body)
            self._api.check(store, given)
            made = store.add(given["topic"], given["address"], given.get("format", "json"))
            return 201, {"webhook": made}, {}

        number = int(path.removeprefix("/webhooks/").removesuffix(".json"))
        if method == "PUT":
            given = _webhook(request, body)
            if given.get("id", number) != number:
                raise NotTaken(400, {"id": "is another one than in the path"})
            return 200, {"webhook": store.change(number, given)}, {}
        if method == "DELETE":
            store.one(number)
            del store.hooks[number]
            return 200, {}, {}
        return 200, {"webhook": store.one(number)}, {}


def _webhook(request: web.Request, body: bytes) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise NotTaken(400, {"webhook": "Required parameter missing or invalid"})
    return dict(json.loads(body)["webhook"])


def _json(status: int, document: Any, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(document, status=status, headers=headers)


@asynccontextmanager
async def stand_in(platform: str, tls: SSLContext | None = None) -> AsyncIterator[StandIn]:
    """Run the API of a platform on a free port."""
    api = StandIn(platform)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        scheme = "https" if tls else "http"
        api.url = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
        yield api
    finally:
        await runner.cleanup()


# --- how it misbehaves


def status(number: int, headers: dict[str, str] | None = None, errors: Any = None) -> Trouble:
    """Answer with a status, and do nothing."""

    async def trouble(_: web.Request, __: Handler) -> web.StreamResponse:
        return _json(number, {"errors": errors} if errors else {}, headers)

    return trouble


async def cut_off(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Do what is asked, and break off in the middle of the answer."""
    whole = await handler()
    assert isinstance(whole.body, bytes)
    answer = web.StreamResponse(status=whole.status, headers={"Content-Type": "application/json"})
    answer.content_length = len(whole.body)
    await answer.prepare(request)
    await answer.write(whole.body[: len(whole.body) // 2])
    assert request.transport is not None
    request.transport.abort()
    return answer


async def lose_answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Do what is asked, and hang up without an answer."""
    await handler()
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def half_a_document(_: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 200 with half of the JSON."""
    whole = await handler()
    assert isinstance(whole.body, bytes)
    half = whole.body[: len(whole.body) // 2]
    return web.Response(body=half, status=whole.status, content_type="application/json")


async def half_a_list(_: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 200 with a list that leaves half of the entries out, and no further page."""
    whole = await handler()
    assert isinstance(whole.body, bytes)
    hooks = json.loads(whole.body)["webhooks"]
    return _json(200, {"webhooks": hooks[: len(hooks) // 2]})


def raw(whole: bytes) -> Trouble:
    """Answer with these bytes, whatever they are, and hang up."""

    async def trouble(request: web.Request, _: Handler) -> web.StreamResponse:
        transport = request.transport
        assert isinstance(transport, asyncio.Transport)
        transport.write(whole)
        transport.close()
        return web.Response()

    return trouble


def slow(until: asyncio.Event) -> Trouble:
    """Answer once something has happened."""

    async def trouble(_: web.Request, handler: Handler) -> web.StreamResponse:
        await until.wait()
        return await handler()

    return trouble


def then_slow(until: asyncio.Event) -> Trouble:
    """Do what is asked, and answer once something has happened."""

    async def trouble(_: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler()
        await until.wait()
        return answer

    return trouble


async def another_address(_: web.Request, handler: Handler) -> web.StreamResponse:
    """Do what is asked, and say that it leads elsewhere."""
    whole = await handler()
    assert isinstance(whole.body, bytes)
    document = json.loads(whole.body)
    document["webhook"]["address"] = "http://elsewhere.example/"
    return _json(whole.status, document)


async def keep_format(_: web.Request, handler: Handler) -> web.StreamResponse:
    """Do what is asked, but say that the format stays JSON."""
    whole = await handler()
    assert isinstance(whole.body, bytes)
    document = json.loads(whole.body)
    document["webhook"]["format"] = "json"
    return _json(whole.status, document)


async def redirect(_: web.Request, __: Handler) -> web.StreamResponse:
    """Lead to another host."""
    return web.Response(status=301, headers={"Location": "http://127.0.0.1:9/elsewhere"})
