"""Messages as they arrive on a channel that looks through a queue, read from the bytes.

The library's own reading takes a third of a millisecond a message, this a twentieth of that: a
hundred thousand are looked at in seconds. A body that nobody wants is let go as it comes in.
"""

from collections.abc import Callable
from typing import NamedTuple

from aiormq import Channel

from runtime.amqp import content_header, frames
from runtime.amqp.tap import Tap
from schemas.properties import ReceivedProperties
from workers.broker.deliveries import properties_in

MOST_AHEAD = 500
"""Messages that come before they are asked for, where their bodies are small, or not kept."""
FEWEST_AHEAD = 20
ROOM = 64 * 1024 * 1024
"""Bytes of bodies, about, that may come before they are asked for."""


class Arrival(NamedTuple):
    """A message that was delivered; its body is empty where it was not wanted."""

    tag: int
    routing_key: str
    properties: ReceivedProperties
    body: bytes


Wants = Callable[[str, ReceivedProperties], bool]
"""Tells by routing key and properties whether a message's body is wanted. Never raises."""


def every(_: str, __: ReceivedProperties) -> bool:
    """Want the body of every message."""
    return True


def none(_: str, __: ReceivedProperties) -> bool:
    """Want no message's body."""
    return False


class Arrivals:
    """One channel's deliveries, handed on whole."""

    def __init__(
        self, tap: Tap, channel: Channel, receive: Callable[[Arrival], None], wants: Wants
    ) -> None:
        self._tap = tap
        self._number = channel.number
        self._receive = receive
        self._wants = wants
        self._largest = 1  # bytes of the largest body so far

        # The delivery whose frames are coming in.
        self._tag = 0
        self._routing_key = ""
        self._properties = ReceivedProperties()
        self._is_wanted = False
        self._missing = 0
        self._pieces: list[bytes] = []

        tap.channels[channel.number] = self

    def ahead(self, *, is_first: bool) -> int:
        """Return how many messages a consumer may be given: what memory has room for.

        The first consumer finds out how large bodies are.
        """
        if self._wants is none:
            return MOST_AHEAD
        if is_first:
            return FEWEST_AHEAD
        fitting = ROOM // self._largest
        return max(FEWEST_AHEAD, min(MOST_AHEAD, fitting))

    def close(self) -> None:
        """Take no more from the connection."""
        self._tap.channels.pop(self._number, None)

    def take(self, kind: int, buffer: bytes, start: int, end: int) -> bool:
        """Take a frame of this channel where it is part of a delivery."""
        if kind == frames.METHOD:
            if frames.method(buffer, start) != frames.DELIVER:
                return False
            self._tag, _ = frames.delivered(buffer, start)
            self._routing_key = frames.routing_key(buffer, start)
            return True

        if kind == frames.CONTENT:
            self._begin(buffer, start, end)
        else:
            self._missing -= end - start
            if self._is_wanted:
                self._pieces.append(buffer[start:end])

        if not self._missing:
            self._receive(self._whole())
        return True

    def _begin(self, buffer: bytes, start: int, end: int) -> None:
        size = content_header.body_size(buffer, start)
        self._largest = max(self._largest, size)
        self._missing = size
        self._pieces = []
        self._properties = properties_in(buffer, start, end)
        self._is_wanted = self._wants(self._routing_key, self._properties)

    def _whole(self) -> Arrival:
        body = b"".join(self._pieces)
        self._pieces = []
        return Arrival(self._tag, self._routing_key, self._properties, body)
