"""The answer to a request: JSON, written in one piece."""

from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time
from typing import Any

import orjson
from aiohttp import HttpVersion11, web


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
        """Send it; raises ConnectionError where the client is gone."""
        self.keep_alive, connection = request.keep_alive and not self._closing, ""
        if not self.keep_alive:
            connection = "Connection: close\r\n"
        elif request.version < HttpVersion11:
            connection = "Connection: keep-alive\r\n"
        body = orjson.dumps(self._content)
        head = f"{_head(self.status, int(time()))}{self._headers}{connection}Content-Length: {len(body)}\r\n\r\n"
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError
        transport.write(head.encode("ascii") + (b"" if request.method == "HEAD" else body))

    async def write_eof(self) -> None:
        """There is nothing left to send."""


@lru_cache(maxsize=32)
def _head(status: int, second: int) -> str:
    return (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        f"Date: {formatdate(second, usegmt=True)}\r\nContent-Type: application/json\r\n"
    )
