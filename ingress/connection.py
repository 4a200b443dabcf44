"""One client's connection: its place among the others, from its first moment to its last.

`server` has one made for each client. It is the top of three layers: `inflow` takes the bytes,
`turns` handles the requests in them, and this one holds the client's place in the waiting room.
"""

import asyncio
from importlib.metadata import version
from typing import cast

from aiohttp.web_protocol import RequestHandler

from ingress.turns import Turns

UNREAD = 16 * 1024
"""Bytes of answers that wait for the client to read them, before it is waited for."""
NEEDED = (
    "_messages", "_request_count", "_waiter", "_close", "_buffer_paused", "_message_tail",
    "_drain_helper", "_pause_reading_for_buffer", "_resume_reading_for_buffer",
    "_resume_reading_if_drained", "_msg_queue_resume_size", "start", "force_close",
    "_force_close", "writing_paused", "_task_handler", "_request_handler", "_current_request",
    "_request_in_progress", "_handler_waiter", "_lingering_time", "_process_keepalive",
    "_keepalive_timeout", "_keepalive_handle", "_next_keepalive_close_time", "_keepalive",
)  # fmt: skip
"""What of aiohttp's connection ours rests on; most of it is private there."""


class UnexpectedServerError(Exception):
    """aiohttp is not one that this was written for."""

    def __init__(self, lacking: list[str]) -> None:
        installed = version("aiohttp")
        names = ", ".join(lacking)
        super().__init__(
            f"aiohttp {installed} has no {names} in its RequestHandler; "
            "install what deploy/requirements/run.txt names"
        )


def check_server() -> None:
    """Raise UnexpectedServerError where aiohttp is not one that this was written for."""
    lacking = [name for name in NEEDED if not hasattr(RequestHandler, name)]
    if lacking:
        raise UnexpectedServerError(lacking)


class Connection(Turns):
    """Has a place among the others, and writes only to a client that reads."""

    __slots__ = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a place among the guests: whoever has been one for longest makes way."""
        super().connection_made(transport)
        writing = cast("asyncio.Transport", transport)
        writing.set_write_buffer_limits(high=UNREAD)
        self._gate.guests.take(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the clock, the places and the bytes with the connection."""
        self._stop_clock()
        self._gate.guests.leave(self)
        self._gate.senders.leave(self)
        super().connection_lost(exc)

    def pause_reading(self) -> None:
        """Read no more for now: more has come of a body than is held."""
        self._is_held_up = True
        super().pause_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002 - aiohttp's
        """Read on where reading was held up; aiohttp would parse and poll anew after every body."""
        if not self._is_held_up:
            return

        self._is_held_up = not resume_parser
        super().resume_reading(resume_parser)
