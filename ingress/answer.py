"""The answer to a request: JSON, written in one piece, to a client that reads."""

from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time
from typing import Any, Protocol

import orjson
import structlog
from aiohttp import HttpVersion11, web

from ingress.refusals import ANSWERS, Refusal, Refused
from ingress.telemetry import refusals

log = structlog.get_logger()

_HEADERS = {
    Refusal.DRAINING: "Retry-After: 1\r\n",
    Refusal.OVERLOADED: "Retry-After: 5\r\n",
    Refusal.BROKER_UNAVAILABLE: "Retry-After: 10\r\n",
    Refusal.METHOD_NOT_ALLOWED: "Allow: POST\r\n",
}
"""Of an answer; times in seconds."""


class Client(Protocol):
    """Whom an answer is written to: our Connection."""

    is_last: bool
    """Whether nothing of what comes after this request is taken."""

    def write(self, data: bytes) -> bool:
        """Write an answer; tell whether the client has to read before there may be more. Raises ConnectionError."""

    async def wait_until_read(self) -> None:
        """Return once the client has read; raises ConnectionError where it does not in time."""


class Answer:
    """Stands where aiohttp wants a response, and has of it what `RequestHandler.finish_response` asks for.

    aiohttp's own can stream, compress and set cookies, and takes for that as long as accepting a webhook does.
    """

    __slots__ = ("_closing", "_content", "_headers", "keep_alive", "status")

    def __init__(self, status: int, content: dict[str, Any], headers: str = "", *, closing: bool = False) -> None:
        """`headers`: further ones, each with its line end; `closing`: the connection takes no more requests."""
        self.status, self._content, self._headers, self._closing = status, content, headers, closing
        self.keep_alive = False

    async def prepare(self, request: web.BaseRequest) -> None:
        """Send it, and wait for a client that has not read what came before; ConnectionError where it is gone."""
        client: Client = request.protocol  # type: ignore[assignment] # ours
        self.keep_alive = request.keep_alive and not self._closing and not client.is_last
        connection = ""
        if not self.keep_alive:
            connection = "Connection: close\r\n"
        elif request.version < HttpVersion11:
            connection = "Connection: keep-alive\r\n"
        body = orjson.dumps(self._content)
        head = f"{_head(self.status, int(time()))}{self._headers}{connection}Content-Length: {len(body)}\r\n\r\n"
        if client.write(head.encode("ascii") + (b"" if request.method == "HEAD" else body)):
            await client.wait_until_read()

    async def write_eof(self) -> None:
        """There is nothing left to send."""


def refuse(request: web.BaseRequest, refused: Refused, app: str = "", **known: Any) -> Answer:
    """Log and count a refusal, with what is known of its body; return the answer. Nothing sent is quoted."""
    code = refused.code
    refusals(app, code.value).inc()
    log.warning("webhook.refused", code=code.value, app=app, remote=request.remote, **known)
    content = {"error": code.value, "detail": refused.detail}
    return Answer(ANSWERS[code].status, content, _HEADERS.get(code, ""), closing=code is Refusal.DRAINING)


@lru_cache(maxsize=32)
def _head(status: int, second: int) -> str:
    return (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        f"Date: {formatdate(second, usegmt=True)}\r\nContent-Type: application/json\r\n"
    )
