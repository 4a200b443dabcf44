"""Calls of a shop's API: made again where that may help, and never faster than it allows."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic, time
from typing import Any, NamedTuple

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
from ingress.subscriptions.rates import retry_after

ATTEMPTS = 5
"""Calls that are made of one, at most."""
LARGEST = 8 * 1024**2
"""Bytes of an answer."""
TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=10)

_PIECE = 65_536
_BACK_OFF = wait_random_exponential(multiplier=0.5, max=30)

Sleep = Callable[[float], Awaitable[None]]


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


class Answer(NamedTuple):
    """The answer of a call that was done."""

    headers: Mapping[str, str]
    document: Any


class Caller:
    """Calls the API at a URL, with these headers, for one shop and one caller at a time."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        api: Api,
        url: str,
        headers: Mapping[str, str],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._session = session
        self._api = api
        self._url = url
        self._headers = {**headers, "Accept": "application/json"}
        self._sleep = sleep
        self._free_at = 0.0

    async def ask(
        self, method: str, path: str, asked: Query | None = None, document: Any = None
    ) -> Answer:
        """Make a call, with a JSON document where one is given; raises NotDone."""
        trying = AsyncRetrying(
            retry=retry_if_exception_type(_Passing),
            wait=_pause,
            stop=stop_after_attempt(ATTEMPTS),
            sleep=self._sleep,
            reraise=True,
        )
        return await trying(self._once, method, path, asked, document)

    async def _once(self, method: str, path: str, asked: Query | None, document: Any) -> Answer:
        await self._wait_for_turn()
        headers = dict(self._headers)
        body: bytes | None = None
        if document is not None:
            headers["Content-Type"] = "application/json"
            body = orjson.dumps(document)

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
        except ValueError as error:
            # What the resolver says of a name that DNS has no form for.
            raise NotDone(f"it cannot be asked ({type(error).__name__})") from None

    async def _wait_for_turn(self) -> None:
        seconds = self._free_at - monotonic()
        if seconds > 0:
            await self._sleep(seconds)

    async def _taken(self, answer: aiohttp.ClientResponse) -> Answer:
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
        return Answer(answer.headers, document)


def _pause(state: RetryCallState) -> float:
    """Return the seconds until it is asked once more: as the platform says, else growing."""
    error = None
    if state.outcome is not None:
        error = state.outcome.exception()

    if isinstance(error, _Passing) and error.after is not None:
        return error.after
    return float(_BACK_OFF(state))


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    whole = bytearray()
    async for piece in answer.content.iter_chunked(_PIECE):
        whole += piece
        if len(whole) > LARGEST:
            raise NotDone("the answer does not end")
    return bytes(whole)


def _decoded(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


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
