"""Which of a client's bytes are taken: aiohttp hands them in, `turns` handles what they say.

A byte that has come belongs to one of these:

    | head | body | head | body | he
     being handled  early         unparsed: part of a head, or more than the parser has looked at
"""

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from ingress.gate import Gate
from ingress.heads import MAX_HEAD, MAX_HEADER, MAX_HEADERS, SMALL_HEAD, size_of, too_large


class Inflow(RequestHandler):
    """Bounds the time and the bytes of a request's head, and what is sent ahead of its turn.

    After a chunked request a connection takes no more: the parser files trailers as headers of the
    next one. Nor after one that asked for another protocol: the parser drops what came behind it.
    """

    __slots__ = (
        "_answers", "_clock", "_counted", "_early", "_ended", "_ending", "_gate", "_is_guest",
        "_is_held_up", "_latest", "_unparsed",
    )  # fmt: skip

    def __init__(self, manager: Any, *, gate: Gate, **kwargs: Any) -> None:
        super().__init__(manager, max_headers=MAX_HEADERS, max_field_size=MAX_HEADER, **kwargs)

        self._gate = gate
        self._clock: asyncio.TimerHandle | None = None
        self._latest: StreamReader = EMPTY_PAYLOAD  # the body of the last request that has begun
        self._answers = 0
        self._unparsed = 0
        self._early = 0  # bytes that came while a request before them was handled
        self._counted = 0  # bytes that the waiting room knows of

        self._ending = False  # no request after the last one is taken
        self._ended = False  # no byte is taken
        self._is_held_up = False
        self._is_guest = True  # no signed webhook has come on it

    @property
    def address(self) -> str:
        """Where the client's bytes come from."""
        return str(self.peername[0]) if isinstance(self.peername, tuple) else ""

    @property
    def is_last(self) -> bool:
        """Whether nothing of what comes after the request being answered is taken."""
        return (self._ending or self._ended) and not self._messages

    def evict(self) -> None:
        """Take no more, and close; what is being handled is still answered."""
        self._ended = True
        while len(self._messages) > 1:
            self._messages.pop()
            self._request_count -= 1
        if not self._is_busy:
            self.force_close()

    def cut(self, error: Exception) -> None:
        """Take no more. Who waits for the rest of a body, and has not answered, gets the error."""
        self._ended = True
        if not self._messages:
            self._close = True
        if not self._latest.is_eof():
            if self._is_busy:
                self._latest.set_exception(error)
            self._latest.feed_eof()

    @property
    def _is_busy(self) -> bool:
        return self._request_count != self._answers

    def data_received(self, data: bytes) -> None:
        """Take in bytes: the first ones of a head start the clock, its end stops it."""
        if self._ended:
            return

        begun = self._request_count
        latest = self._latest
        body = latest.total_bytes
        waiting = begun - self._answers
        is_early = waiting > 1 or (waiting == 1 and latest.is_eof())
        self._unparsed += len(data)

        super().data_received(data)

        if waiting == 0 and self._unparsed == len(data) and self._is_one_request(begun, data):
            self._unparsed = 0
            return

        self._unparsed -= latest.total_bytes - body
        if self._request_count != begun:
            self._begin(self._request_count - begun, data)
        if self._ending and self._latest.is_eof():
            self._ended = True
            self._message_tail = b""
        self._early = self._early + len(data) if is_early else 0
        self._account()

    # aiohttp would close at once, and lose its answer.
    def eof_received(self) -> bool:  # type: ignore[override]
        """Note that the client sends no more; stay until what it did send is answered."""
        self.cut(web.RequestPayloadError("the client ended before the body did"))
        return self._is_busy

    def _is_one_request(self, begun: int, data: bytes) -> bool:
        """Tell whether the bytes are one usual request, or its start: nothing is kept of them."""
        if self._request_count != begun + 1:
            return False

        message, body = self._messages[-1]
        head = data.find(b"\r\n\r\n") + 4
        if head > SMALL_HEAD or head + body.total_bytes != len(data):
            return False
        if isinstance(message, _ErrInfo) or message.chunked or message.upgrade:
            return False

        self._latest = body
        return True

    def _begin(self, count: int, data: bytes) -> None:
        """Look at the requests whose heads have just come to their end."""
        new = [self._messages.pop() for _ in range(count)]
        for message, body in reversed(new):
            self._request_count -= 1
            if isinstance(message, _ErrInfo):
                self._break(message)
                continue
            if self._ending:
                continue

            is_whole = count == 1 and self._unparsed == len(data) > 0
            head = data.find(b"\r\n\r\n") + 4 if is_whole else size_of(message)
            if head > MAX_HEAD:
                self._break(too_large())
                continue

            self._unparsed = max(0, self._unparsed - head - body.total_bytes)
            is_too_large_to_keep = self._is_guest and head > SMALL_HEAD
            self._ending = message.chunked or message.upgrade or is_too_large_to_keep
            self._queue(message, body)
        self._stop_clock()

    def _queue(self, message: Any, body: StreamReader) -> None:
        self._messages.append((message, body))
        self._request_count += 1
        self._latest = body

    def _break(self, error: _ErrInfo) -> None:
        """Have what is no request answered; in the middle of a body, break off that body."""
        if not self._latest.is_eof():
            self.cut(web.RequestPayloadError("bad chunks"))
        elif not self._ending:
            self._queue(error, EMPTY_PAYLOAD)
        self._ending = True
        self._ended = True

    def _account(self) -> None:
        """Hold the bytes of no request that is being handled yet: by a clock, as a sender."""
        unparsed = self._unparsed if self._latest.is_eof() and not self._ended else 0
        held = unparsed + self._early
        if held <= 0:
            self._release()
            return

        if self._is_busy:
            if not self._buffer_paused:
                self._pause_reading_for_buffer()
        elif unparsed > MAX_HEAD:
            self._break(too_large())
            self._wake()
        elif self._clock is None:
            self._clock = self._loop.call_later(self._gate.body_timeout, self.force_close)

        more = held - self._counted
        self._counted = held
        self._gate.senders.take(self, more)

    def _release(self) -> None:
        if self._counted:
            self._counted = 0
            self._gate.senders.leave(self)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
