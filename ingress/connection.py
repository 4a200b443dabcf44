"""One client's connection: what comes on it (see arrivals), its place among the others, and what is answered."""

import asyncio
from importlib.metadata import version
from typing import Any, cast

from aiohttp import web
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from ingress.answer import Answer, refuse
from ingress.arrivals import Arrivals
from ingress.refusals import Refusal, Refused

UNREAD = 16 * 1024
"""Bytes of answers that wait for the client to read them, before it is waited for."""
NEEDED = (
    "_messages", "_request_count", "_waiter", "_close", "_buffer_paused", "_message_tail", "_drain_helper",
    "_make_error_handler", "_pause_reading_for_buffer", "_resume_reading_for_buffer", "force_close", "writing_paused",
)  # fmt: skip
"""What of aiohttp's connection ours rests on; most of it is private there."""


class UnexpectedServerError(Exception):
    """aiohttp is not one that this was written for."""

    def __init__(self, lacking: list[str]) -> None:
        told = f"aiohttp {version('aiohttp')} has no {', '.join(lacking)} in its RequestHandler"
        super().__init__(f"{told}; install what requirements/run.txt names")


def check_server() -> None:
    """Raise UnexpectedServerError where aiohttp is not one that this was written for."""
    if lacking := [name for name in NEEDED if not hasattr(RequestHandler, name)]:
        raise UnexpectedServerError(lacking)


class Connection(Arrivals):
    """Writes only to a client that reads, and answers what aiohttp's parser refuses as all else is refused."""

    __slots__ = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a place among the guests: whoever has been one for longest makes way."""
        super().connection_made(transport)
        cast("asyncio.Transport", transport).set_write_buffer_limits(high=UNREAD)
        self._gate.guests.take(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the clock, the places and the bytes with the connection."""
        self._stop_clock()
        self._gate.guests.leave(self)
        self._gate.readers.leave(self)
        super().connection_lost(exc)

    def prove(self) -> None:
        """Be no guest any more: a signed webhook has come."""
        if self._is_guest:
            self._is_guest = False
            self._gate.guests.leave(self)

    def pause_reading(self) -> None:
        """Read no more for now: more has come of a body than is held."""
        self._held = True
        super().pause_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002 - aiohttp's
        """Read on. aiohttp parses and polls anew after every body; here only what was held up is gone on with."""
        if self._held:
            self._held = not resume_parser
            super().resume_reading(resume_parser)

    def write(self, data: bytes) -> bool:
        """Write an answer; tell whether the client has to read before there may be more. Raises ConnectionError."""
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError
        self.transport.write(data)
        self._answers += 1
        if not self._is_busy:
            self._go_on()
        return self.writing_paused

    async def wait_until_read(self) -> None:
        """Return once the client has read; cut it off, and raise ConnectionError, where it does not in time."""
        try:
            async with asyncio.timeout(self._gate.body_timeout):
                await self._drain_helper()
        except TimeoutError:
            if self.transport is not None:
                self.transport.abort()
            raise ConnectionResetError from None

    def _go_on(self) -> None:
        """Everything is answered: read on, and keep nothing of a body that nobody wanted."""
        if self._latest.is_eof() and not self._latest.at_eof() and self._latest.exception() is None:
            self._latest.read_nowait()
        self._early = 0
        if self._buffer_paused:
            self._resume_reading_for_buffer()
        if self._counted or self._unparsed > 0:
            self._account()

    def handle_error(self, request: web.BaseRequest, *_: Any, **__: Any) -> Any:
        """Answer a fault of ours that got past our handler."""
        return refuse(request, Refused(Refusal.INTERNAL))

    def _make_error_handler(self, err_info: _ErrInfo) -> Any:
        """Answer what the parser refuses as we answer all else; aiohttp would quote the request."""
        del err_info

        async def refusing(request: web.BaseRequest) -> Answer:
            return refuse(request, Refused(Refusal.BAD_REQUEST))

        return refusing
