"""Asking one shop's API: again where that may help, never faster than it allows, and telling why
where it does not do what it was asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from time import monotonic, time
from typing import Any, NamedTuple, TypeVar

import aiohttp
import orjson
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from ingress.subscriptions.answers import is_passing, told
from ingress.subscriptions.apis import Api, Query
from ingress.subscriptions.held import Held, Unreadable, read_all, read_count, read_one
from ingress.subscriptions.rates import retry_after
from ingress.subscriptions.shop import Shop

ATTEMPTS = 5
"""Calls that are made of one, at most."""
LARGEST = 8 * 1024**2
"""Bytes of an answer."""
PAGES = 200
"""Of a list; a platform whose pages do not end is not followed."""
TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=10)

_BACK_OFF = wait_random_exponential(multiplier=0.5, max=30)

Sleep = Callable[[float], Awaitable[None]]
T = TypeVar("T")


class NotDone(Exception):
    """The platform did not do it; the text says why, in one clause without a secret."""

    def __init__(self, why: str, status: int = 0) -> None:
        super().__init__(why)
        self.status = status
        """Of the answer; 0 where there was none."""


class _Passing(NotDone):
    """It may be done if it is asked for again, `after` so many seconds where the platform says."""

    def __init__(self, why: str, status: int = 0, after: float | None = None) -> None:
        super().__init__(why, status)
        self.after = after


class _Answer(NamedTuple):
    headers: Mapping[str, str]
    document: Any


class Client:
    """The API of one shop, for one caller at a time.

    `base` stands for `https://SHOP`, where it is not asked at its own address; `version` is that of
    the API, where it has one.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        api: Api,
        shop: Shop,
        version: str,
        base: str | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        path = api.path.format(version=version)
        origin = base or f"https://{shop.shop}"
        self._url = f"{origin.rstrip('/')}{path}"
        self._session = session
        self._api = api
        self._sleep = sleep
        self._headers = {
            "Accept": "application/json",
            "Host": shop.shop,
            **api.credential_headers(shop.credential),
        }
        self._free_at = 0.0

    async def held(self) -> list[Held]:
        """Return all subscriptions that the shop has; raises NotDone.

        A list that is shorter than the platform's own count is no list: whoever took it for one
        would make subscriptions that are there.
        """
        found = await self._pages()
        count = await self._count()
        if count != len(found):
            found = await self._pages()  # one may have been made meanwhile
            count = await self._count()
        if count != len(found):
            raise NotDone(f"lists {len(found)} subscriptions and counts {count}")
        return found

    async def create(self, topic: str, address: str, format_: str) -> Held:
        """Have webhooks of a topic sent to an address; raises NotDone."""
        wanted = {"topic": topic, "address": address, "format": format_}
        answer = await self._ask("POST", "/webhooks.json", document={"webhook": wanted})
        return _read(read_one, answer)

    async def change(self, one: Held, address: str, format_: str) -> Held:
        """Have a subscription lead to another address, or in another format; raises NotDone."""
        number = int(one.id) if one.id.isdecimal() else one.id
        wanted = {"id": number, "address": address, "format": format_}
        answer = await self._ask("PUT", f"/webhooks/{one.id}.json", document={"webhook": wanted})
        return _read(read_one, answer)

    async def delete(self, one: Held) -> None:
        """End a subscription, also one that is gone already; raises NotDone."""
        try:
            await self._ask("DELETE", f"/webhooks/{one.id}.json")
        except NotDone as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def _pages(self) -> list[Held]:
        found: dict[str, Held] = {}
        asked: Query = {"limit": str(self._api.page_size)}
        for _ in range(PAGES):
            answer = await self._ask("GET", "/webhooks.json", asked)
            page = _read(read_all, answer)
            found |= {one.id: one for one in page}
            following = self._api.next_page(asked, answer.headers, len(page))
            if following is None:
                return list(found.values())
            asked = following
        raise NotDone("the pages of its list do not end")

    async def _count(self) -> int:
        answer = await self._ask("GET", "/webhooks/count.json")
        return _read(read_count, answer)

    async def _ask(
        self,
        method: str,
        path: str,
        asked: Query | None = None,
        document: Any = None,
    ) -> _Answer:
        trying = AsyncRetrying(
            retry=retry_if_exception_type(_Passing),
            wait=_pause,
            stop=stop_after_attempt(ATTEMPTS),
            sleep=self._sleep,
            reraise=True,
        )
        return await trying(self._once, method, path, asked, document)

    async def _once(self, method: str, path: str, asked: Query | None, document: Any) -> _Answer:
        await self._wait_for_turn()
        body = None if document is None else orjson.dumps(document)
        headers = self._headers
        if body is not None:
            headers = {**headers, "Content-Type": "application/json"}

        try:
            async with self._session.request(
                method,
                self._url + path,
                params=asked,
                data=body,
                headers=headers,
                # Elsewhere nobody is to see the credential.
                allow_redirects=False,
                timeout=TIMEOUT,
            ) as answer:
                return await self._taken(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _Passing(_no_answer(error)) from None

    async def _wait_for_turn(self) -> None:
        seconds = self._free_at - monotonic()
        if seconds > 0:
            await self._sleep(seconds)

    async def _taken(self, answer: aiohttp.ClientResponse) -> _Answer:
        """Return the answer of a call that was done, else raise NotDone."""
        now = time()
        pause = self._api.pause(answer.headers, now)
        self._free_at = monotonic() + pause

        raw = await _body(answer)
        document = _decoded(raw)
        status = answer.status
        if is_passing(status):
            after = retry_after(answer.headers, now)
            raise _Passing(told(status, document), status, after)
        if not 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls success
            raise NotDone(told(status, document), status)
        if document is None and answer.method != "DELETE":
            raise _Passing("the answer is not JSON, or only a part of it", status)
        return _Answer(answer.headers, document)


def _pause(state: RetryCallState) -> float:
    """Return the seconds until it is asked once more: as the platform says, else growing."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _Passing) and error.after is not None:
        return error.after
    return float(_BACK_OFF(state))


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    whole = bytearray()
    async for piece in answer.content.iter_chunked(65_536):
        whole += piece
        if len(whole) > LARGEST:
            raise NotDone("the answer does not end")
    return bytes(whole)


def _decoded(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def _read(read: Callable[[Any], T], answer: _Answer) -> T:
    try:
        return read(answer.document)
    except Unreadable as error:
        raise NotDone(str(error)) from None


def _no_answer(error: Exception) -> str:
    """Say why there was none."""
    match error:
        case TimeoutError():
            return "no answer in time"
        case aiohttp.ClientConnectorCertificateError():
            return "its certificate does not hold"
        case aiohttp.ClientConnectorError():
            return f"cannot be reached: {error.os_error.strerror or error.os_error}"
        case _:
            return f"the answer was cut off ({type(error).__name__})"
