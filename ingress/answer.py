"""The answer to a request: JSON, in one piece."""

from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time
from typing import Any, NamedTuple

import orjson
import structlog

from ingress.header_families import families, form_of_signature
from ingress.platform import Platform
from ingress.refusals import ANSWERS, Refusal, Refused
from ingress.request import Request
from ingress.telemetry import refusals

log = structlog.get_logger()

_HEADERS = {
    Refusal.DRAINING: "Retry-After: 1\r\n",
    Refusal.OVERLOADED: "Retry-After: 5\r\n",
    Refusal.BROKER_UNAVAILABLE: "Retry-After: 10\r\n",
    Refusal.METHOD_NOT_ALLOWED: "Allow: POST\r\n",
}
"""Further headers of a refusal, each with its line end; after Retry-After stand seconds."""


class Answer(NamedTuple):
    """What a request is answered with.

    `headers` are further ones, each with its line end; after a `closing` one the connection takes
    no more requests. aiohttp's own answer can stream, compress and set cookies, and costs for that
    as much time as a webhook.
    """

    status: int
    content: dict[str, Any]
    headers: str = ""
    closing: bool = False

    def written(self, request: Request, *, is_kept: bool) -> bytes:
        """Return its bytes; `is_kept`: the connection takes further requests."""
        body = orjson.dumps(self.content)
        connection = ""
        if not is_kept:
            connection = "Connection: close\r\n"
        elif request.is_old:
            connection = "Connection: keep-alive\r\n"

        first = _head(self.status, int(time()))
        length = f"Content-Length: {len(body)}\r\n\r\n"
        head = f"{first}{self.headers}{connection}{length}".encode("ascii")
        if request.method == "HEAD":
            return head
        return head + body


def refuse(
    request: Request,
    refused: Refused,
    app: str = "",
    platform: Platform | None = None,
    **known: Any,
) -> Answer:
    """Log and count a refusal, with what is known of its body; return the answer.

    Nothing that was sent is quoted: of the headers it is told whose they are, and in which form the
    platform's signature is.
    """
    code = refused.code
    counter = refusals(app, code.value)
    counter.inc()

    log.warning(
        "webhook.refused",
        code=code.value,
        app=app,
        remote=request.client.address,
        families=families(request.headers),
        signature=form_of_signature(request.headers, platform),
        **known,
    )

    status = ANSWERS[code].status
    content = {"error": code.value, "detail": refused.detail}
    headers = _HEADERS.get(code, "")
    if refused.retry_after:
        headers = f"Retry-After: {refused.retry_after}\r\n"
    is_last = code is Refusal.DRAINING
    return Answer(status, content, headers, closing=is_last)


@lru_cache(maxsize=32)
def _head(status: int, second: int) -> str:
    phrase = HTTPStatus(status).phrase
    date = formatdate(second, usegmt=True)
    return f"HTTP/1.1 {status} {phrase}\r\nDate: {date}\r\nContent-Type: application/json\r\n"
