"""Reading a request's body: no more of it than is taken, no later than is waited."""

import asyncio

from aiohttp import web
from aiohttp.web_exceptions import HTTPException

from ingress.gate import Body, Gate
from ingress.refusals import Refusal, Refused
from ingress.request import Request


async def read(request: Request, gate: Gate, body: Body) -> bytes:
    """Return the whole body, or raise Refused."""
    content = request.content
    try:
        # A body that came with the headers needs no clock, and nobody can take its place.
        if content.is_eof():
            body.take(content.read_nowait())
        else:
            await _receive(request, gate, body)
    except TimeoutError:
        raise Refused(Refusal.SLOW_BODY) from None
    except (web.RequestPayloadError, ConnectionError, HTTPException) as error:
        # The reader may keep the error, and it our frames, and they the body: a cycle.
        error.with_traceback(None)
        raise Refused(Refusal.BROKEN_BODY) from None

    return body.whole()


async def _receive(request: Request, gate: Gate, body: Body) -> None:
    if request.size > gate.max_body:
        raise Refused(Refusal.BODY_TOO_LARGE)

    body.start_waiting(request.client.address, request.client.cut)
    expected = request.headers.get("Expect", "")
    if expected.lower() == "100-continue" and not request.is_old:
        request.client.go_on()

    async with asyncio.timeout(gate.body_timeout):
        piece = await request.content.readany()
        while piece:
            body.take(piece)
            piece = await request.content.readany()
