"""Consuming from the bytes: deliveries are read where they arrive, and acks written as frames of
our own.

Each delivery gets an ack of its own; those of one turn of the loop go out in one write. An ack with
`multiple` is safe only where every delivery before it is settled too, and runs end in any order: it
would save bytes, and risk messages.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiormq
from aiormq.exceptions import ChannelInvalidStateError
from pamqp import frame

from runtime.amqp import content_header, frames
from runtime.amqp.content_header import UnknownField
from runtime.amqp.properties import from_library
from runtime.amqp.tap import Tap
from schemas.properties import ReceivedProperties

Receive = Callable[["Deliveries", int, bool, ReceivedProperties, bytes], None]
"""Takes a delivery: channel, tag, whether it came before, properties, body. Never raises."""


NACK_IS_HARMLESS = (4, 3)
"""The first version of RabbitMQ whose delivery limit does not count a nack."""


class Deliveries:
    """One channel's deliveries, handed on whole; and what is told the broker about them."""

    def __init__(self, tap: Tap, channel: aiormq.Channel, receive: Receive) -> None:
        self.channel = channel
        self._tap = tap
        self._receive = receive

        # The delivery whose frames are coming in.
        self._tag = 0
        self._redelivered = False
        self._properties = ReceivedProperties()
        self._missing = 0
        self._pieces: list[bytes] = []

        tap.channels[channel.number] = self

    @property
    def is_closed(self) -> bool:
        """Whether the broker has taken back what it delivered here."""
        return bool(self.channel.is_closed)

    @property
    def nack_counts(self) -> bool:
        """Whether the broker counts a message that is given back as failed: before RabbitMQ 4.3."""
        told = self.channel.connection.server_properties.get("version")
        return _version(told) < NACK_IS_HARMLESS

    def ack(self, tag: int) -> None:
        """Tell the broker that it may forget the message; raises where the channel is gone."""
        if self.is_closed:
            raise ChannelInvalidStateError("the channel is gone")
        self._tap.write(frames.ack(self.channel.number, tag))

    def nack(self, tag: int) -> Awaitable[None]:
        """Give a message back unharmed: not counted by the delivery limit from RabbitMQ 4.3 on."""
        return self.channel.basic_nack(tag, requeue=True, wait=False)

    def reject(self, tag: int) -> Awaitable[None]:
        """Give a message back as failed: counted by the delivery limit on every version."""
        return self.channel.basic_reject(tag, requeue=True, wait=False)

    def close(self) -> None:
        """Take no more from the connection."""
        self._tap.channels.pop(self.channel.number, None)

    def take(self, kind: int, buffer: bytes, start: int, end: int) -> bool:
        """Take a frame of this channel where it is part of a delivery."""
        if kind == frames.METHOD:
            if frames.method(buffer, start) != frames.DELIVER:
                return False
            self._tag, self._redelivered = frames.delivered(buffer, start)
            return True

        if kind == frames.CONTENT:
            self._missing = content_header.body_size(buffer, start)
            self._properties = properties_in(buffer, start, end)
            self._pieces = []
        else:
            self._pieces.append(buffer[start:end])
            self._missing -= end - start

        if not self._missing:
            body = b"".join(self._pieces)
            self._receive(self, self._tag, self._redelivered, self._properties, body)
        return True


def properties_in(buffer: bytes, start: int, end: int) -> ReceivedProperties:
    """Read a message's properties; return empty ones, which are malformed, where nobody can."""
    try:
        return content_header.read(buffer, start)
    except UnknownField:
        return _properties_by_library(buffer, start, end)


def _properties_by_library(buffer: bytes, start: int, end: int) -> ReceivedProperties:
    """Read properties that hold a field which our own reader does not know.

    The library wants the whole frame: `buffer[start:end]` is what stands between its head of
    seven bytes and its closing byte.
    """
    whole = buffer[start - frames.PAYLOAD_AT : end + 1]
    try:
        header: Any = frame.unmarshal(whole)[2]
        return from_library(header.properties)
    except Exception:  # noqa: BLE001 - the library fails in whatever way on bytes it cannot read
        return ReceivedProperties()


def _version(told: object) -> tuple[int, ...]:
    """Read a broker's version; one that nobody can read is older than all others."""
    if isinstance(told, bytes):
        told = told.decode(errors="replace")
    found = re.match(r"(\d{1,4})\.(\d{1,4})", str(told))
    if found is None:
        return ()
    return tuple(int(number) for number in found.groups())
