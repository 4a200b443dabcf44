"""One channel's publishes, in frames of our own, and what became of each.

Confirms are read where they arrive, and so are messages that no queue took.
"""

import asyncio
from enum import StrEnum
from itertools import takewhile
from uuid import uuid4

from runtime.amqp import content_header, frames
from runtime.amqp.fit import fitted
from runtime.amqp.tap import CHANNEL_CLOSE, Tap
from schemas.properties import Properties

MAX_UNSENT = 32 * 1024 * 1024
"""Bytes that wait for the broker to read them, before nothing more is taken.

Who published them may long have given up waiting, and nobody else counts them.
"""


class Failure(StrEnum):
    """Why a message was not published."""

    UNREACHABLE = "unreachable"  # no connection, or no channel
    BLOCKED = "blocked"  # an alarm: the broker reads nothing
    SLOW = "slow"  # so much waits to be sent that nothing more is taken
    RETURNED = "returned"  # no queue took it
    NACKED = "nacked"  # a queue refused it
    TIMEOUT = "timeout"  # no confirm in time; it may be stored all the same
    LOST = "lost"  # the link died while we waited; likewise


class NotPublished(Exception):
    """The broker did not confirm that a message is stored and routed.

    After TIMEOUT and LOST it may be stored all the same: then the next publish is a duplicate.
    """

    def __init__(self, reason: Failure, sentence: str = "") -> None:
        super().__init__(sentence or reason.value)
        self.reason = reason


class Confirms:
    """One channel's publishes and what became of each.

    The only publisher on its channel, so it knows every delivery tag. `is_closed`: the channel is
    gone, and takes nothing any more. `bits` say what becomes of what no queue takes: see `frames`.
    """

    def __init__(self, tap: Tap, channel: int, frame_max: int, timeout: float) -> None:
        self.is_closed = False
        self.bits = frames.MANDATORY
        self._tap = tap
        self._channel = channel
        self._frame_max = frame_max
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._tag = 0
        # in the order of tags, which is that of deadlines
        self._waiting: dict[int, tuple[asyncio.Future[Failure | None], float]] = {}
        self._returned: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None

        self._id = uuid4().hex
        tap.channels[channel] = self

    def obstacle(self) -> Failure | None:
        """Return why nothing at all can be published now; None where all is well."""
        if self.is_closed:
            return Failure.UNREACHABLE
        if self._tap.is_blocked:
            return Failure.BLOCKED
        if self._tap.unsent > MAX_UNSENT:
            return Failure.SLOW
        return None

    @property
    def next_message_id(self) -> str:
        """The id of the message that is published next."""
        return f"{self._id}{self._tag + 1:x}"

    def publish(
        self, exchange: str, key: str, properties: Properties, body: bytes
    ) -> asyncio.Future[Failure | None]:
        """Publish; the future says what went wrong, or None once it is stored and routed.

        Raises ValueError where a name or a property is longer than AMQP allows.
        """
        future = self._loop.create_future()
        obstacle = self.obstacle()
        if obstacle is not None:
            future.set_result(obstacle)
            return future

        tag = self._tag + 1
        message_id = f"{self._id}{tag:x}"
        method = frames.publish(self._channel, exchange, key, self.bits)
        content = self._content(properties, message_id, body)
        self._tap.write(method, content)
        self._tag = tag

        deadline = self._loop.time() + self._timeout
        self._waiting[tag] = future, deadline
        if self._timer is None:
            self._timer = self._loop.call_at(deadline, self._expire)
        return future

    def _content(self, properties: Properties, message_id: str, body: bytes) -> bytes:
        frame_max = self._frame_max
        try:
            return frames.content(self._channel, properties, message_id, body, frame_max)
        except ValueError:
            headers = fitted(properties.headers, frame_max)
            smaller = properties._replace(headers=headers)
            return frames.content(self._channel, smaller, message_id, body, frame_max)

    def take(self, kind: int, buffer: bytes, start: int, end: int) -> bool:  # noqa: ARG002
        """Take a frame where it is ours: a confirm, or part of a returned message."""
        if kind == frames.CONTENT:
            self._note_returned(buffer, start)
            return True
        if kind != frames.METHOD:
            return True

        what = frames.method(buffer, start)
        if what == frames.ACK:
            tag, multiple = frames.tagged(buffer, start)
            self._settle(tag, None, multiple=multiple)
            return True

        if what == frames.NACK:
            tag, multiple = frames.tagged(buffer, start)
            self._settle(tag, Failure.NACKED, multiple=multiple)
            return True

        if what == CHANNEL_CLOSE:
            # The library tells it later; what is published until then is answered by nobody.
            self.close()
        return what == frames.RETURN

    def _note_returned(self, buffer: bytes, start: int) -> None:
        """Note whose message came back; its confirm follows."""
        returned = content_header.read(buffer, start)
        message_id = returned.message_id or ""
        digits = message_id.removeprefix(self._id)
        tag = int(digits, 16)
        self._returned.add(tag)

    def close(self) -> None:
        """Give up on what is not confirmed, and take nothing any more: the channel is gone."""
        self.is_closed = True
        channels = self._tap.channels
        if channels.get(self._channel) is self:
            del channels[self._channel]
        self._settle(self._tag, Failure.LOST, multiple=True)

    def _settle(self, tag: int, failure: Failure | None, *, multiple: bool) -> None:
        """Tell the publisher of this tag, or of every tag up to it, what became of its message."""
        settled = [tag]
        if multiple:
            settled = self._waiting_up_to(tag)

        for one in settled:
            outcome = failure
            if one in self._returned:
                self._returned.discard(one)
                outcome = Failure.RETURNED

            waiting = self._waiting.pop(one, None)
            if waiting and not waiting[0].done():
                waiting[0].set_result(outcome)

    def _waiting_up_to(self, tag: int) -> list[int]:
        return list(takewhile(lambda waiting: waiting <= tag, self._waiting))

    def _expire(self) -> None:
        """End the waits that are over, and come again for the next."""
        for tag in self._late():
            self._settle(tag, Failure.TIMEOUT, multiple=False)

        self._timer = None
        earliest = next(iter(self._waiting.values()), None)
        if earliest is not None:
            _, deadline = earliest
            self._timer = self._loop.call_at(deadline, self._expire)

    def _late(self) -> list[int]:
        now = self._loop.time()
        return list(takewhile(lambda tag: self._waiting[tag][1] <= now, self._waiting))
