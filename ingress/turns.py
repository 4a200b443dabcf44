"""Which request of a connection is handled next, and whether there may be another after it.

aiohttp runs this as the connection's one task, over what `inflow` has queued. Each request goes
to the handler of `app`. Its answer is written here, and what nobody read of its body thrown away.
"""

import asyncio
from contextlib import suppress
from typing import Any

import structlog
from aiohttp import web
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import ERROR, _ErrInfo

from ingress.answer import Answer, refuse
from ingress.inflow import Inflow
from ingress.refusals import Refusal, Refused
from ingress.request import Request

log = structlog.get_logger()

ANSWERED = web.PayloadAccessError()
"""What whoever reads a body after its answer gets."""


class Turns(Inflow):
    """Handles requests in the one task that a connection has: aiohttp starts another for each, and
    waits for it.
    """

    __slots__ = ()

    async def start(self) -> None:
        """Handle one request after the other, for as long as the connection takes them. aiohttp
        runs this as a task.
        """
        handler: Any = self._request_handler  # a connection that is lost forgets it
        takes_more = not self._force_close
        while takes_more:
            message, body = await self._next()
            takes_more = await self._turn(handler, message, body)

        if not self._force_close:
            self._task_handler = None
            if self.transport is not None:
                self.transport.close()

    async def _next(self) -> tuple[Any, StreamReader]:
        """Return the next request; raises CancelledError where the connection closes before there
        is one.
        """
        if self._messages:
            await asyncio.sleep(0)  # who sends many ahead does not have the loop to himself
        else:
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

        message, body = self._messages.popleft()
        if self._parser is not None:
            self._parser.message_consumed()
        if self._buffer_paused and len(self._messages) <= self._msg_queue_resume_size:
            self._resume_reading_if_drained()
        return message, body

    async def _turn(self, handler: Any, message: Any, body: StreamReader) -> bool:
        """Handle and answer a request; tell whether there may be another."""
        try:
            self._keepalive = await self._answer(handler, message, body)
            if not body.is_eof():
                await self._read_the_rest(body)
        except ConnectionError:
            return False
        except Exception:
            log.exception("connection.failed")
            self.force_close()
        except BaseException:
            self.force_close()
            raise
        finally:
            # One raised before holds the frames that it went through, and they the bytes.
            body.set_exception(ANSWERED)

        if not self._keepalive or self._close or self._force_close:
            return False
        self._stay()
        return True

    async def _answer(self, handler: Any, message: Any, body: StreamReader) -> bool:
        """Handle a request and write the answer; tell whether the connection is kept. Raises
        ConnectionError.
        """
        is_unreadable = isinstance(message, _ErrInfo)
        request = Request(ERROR if is_unreadable else message, body, self)
        self._current_request = request  # type: ignore[assignment] # aiohttp cancels it where the connection is lost
        self._request_in_progress = True
        try:
            try:
                answer = _refuse_unreadable(request) if is_unreadable else await handler(request)
            except Exception:
                log.exception("request.failed")
                answer = refuse(request, Refused(Refusal.INTERNAL))

            is_kept = not (request.head.should_close or answer.closing or self.is_last)
            if self.write(answer.written(request, is_kept=is_kept)):
                await self.wait_until_read()
            return is_kept
        finally:
            self._current_request = None
            self._request_in_progress = False
            if self._handler_waiter is not None:
                self._handler_waiter.set_result(None)

    async def _read_the_rest(self, body: StreamReader) -> None:
        """Read what still comes of a body that is refused already, so that its sender gets to see
        the answer.
        """
        with suppress(TimeoutError, web.RequestPayloadError):
            async with asyncio.timeout(self._lingering_time):
                while not (body.is_eof() or self._force_close):
                    await body.readany()
        if not body.is_eof():
            self.close()

    def _stay(self) -> None:
        """Wait for the next request, but not for ever."""
        closes_at = self._loop.time() + self._keepalive_timeout
        self._next_keepalive_close_time = closes_at
        if self._keepalive_handle is None:
            self._keepalive_handle = self._loop.call_at(closes_at, self._process_keepalive)

    def prove(self) -> None:
        """Give up the place of a guest: a signed webhook has come."""
        if self._is_guest:
            self._is_guest = False
            self._gate.guests.leave(self)

    def go_on(self) -> None:
        """Tell who asked that the body is wanted. Raises ConnectionError."""
        self._open_transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def write(self, data: bytes) -> bool:
        """Write an answer; tell whether the client has to read before there may be more. Raises
        ConnectionError.
        """
        self._open_transport.write(data)
        self._answers += 1
        if not self._is_busy:
            self._forget_body()
        return self.writing_paused

    @property
    def _open_transport(self) -> asyncio.Transport:
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError
        return self.transport

    async def wait_until_read(self) -> None:
        """Return once the client has read; cut it off, and raise ConnectionError, where it does not
        in time.
        """
        try:
            async with asyncio.timeout(self._gate.body_timeout):
                await self._drain_helper()
        except TimeoutError:
            if self.transport is not None:
                self.transport.abort()
            raise ConnectionResetError from None

    def _forget_body(self) -> None:
        """Everything is answered: read on, and keep nothing of a body that nobody wanted."""
        if self._latest.is_eof() and not self._latest.at_eof() and self._latest.exception() is None:
            self._latest.read_nowait()
        self._early = 0
        if self._buffer_paused:
            self._resume_reading_for_buffer()
        if self._unparsed > 0:
            # The parser stops after so many requests, and counts some of them twice.
            self.data_received(b"")
        if self._counted or self._unparsed > 0:
            self._account()


def _refuse_unreadable(request: Request) -> Answer:
    """Answer what the parser refuses as we answer all else; aiohttp would quote it."""
    return refuse(request, Refused(Refusal.BAD_REQUEST))
