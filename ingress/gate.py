"""Whether one more request is let in, or one more webhook stored; and when the last of them is out.

`app` asks for each request, `reading` has its body counted as it comes, and `server` waits for the
end of all while it drains. Bodies that are read and webhooks that are stored are counted
apart: whoever has proven nothing takes no place from who has.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from ingress.refusals import Refusal, Refused
from ingress.waiting_room import WaitingRoom

MAX_HELD = 64 * 1024 * 1024
"""Bytes of webhooks that are being stored, at most; a few bodies of the largest size always fit."""
MAX_UNPROVEN = 64 * 1024 * 1024
"""Bytes of unfinished requests; counted as they arrive: to announce a body takes no room."""
MAX_SENDERS = 1_000
"""Unfinished requests at once."""
MAX_GUESTS = 10_000
"""Connections at once that have not brought a signed webhook yet."""


@dataclass(slots=True)
class Gate:
    """How much is let in; sizes in bytes, times in seconds."""

    max_body: int = 2 * 1024 * 1024
    body_timeout: float = 10.0
    max_in_flight: int = 500
    draining: bool = False
    reading: int = 0
    """Bodies that have not all come."""
    storing: int = 0
    """Webhooks whose signature holds, until they are answered."""
    held: int = 0
    """Bytes of those."""
    senders: WaitingRoom = field(init=False)
    guests: WaitingRoom = field(default_factory=lambda: WaitingRoom(MAX_GUESTS, 0))
    empty: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once draining and nothing is in flight."""

    def __post_init__(self) -> None:
        room = max(MAX_UNPROVEN, 8 * self.max_body)
        self.senders = WaitingRoom(MAX_SENDERS, room)

    @property
    def in_flight(self) -> int:
        """Requests that are being handled."""
        return self.reading + self.storing

    def refusal(self) -> Refusal | None:
        """Say why no further request is taken in; None where one is."""
        if self.draining:
            return Refusal.DRAINING
        if self.storing >= self.max_in_flight:
            return Refusal.OVERLOADED
        if self.held >= self._room:
            return Refusal.OVERLOADED
        return None

    @property
    def _room(self) -> int:
        return max(MAX_HELD, 4 * self.max_body)

    def store(self, size: int) -> None:
        """Count a webhook of such a size as being stored; raises Refused where there is no room."""
        if self.storing >= self.max_in_flight:
            raise Refused(Refusal.OVERLOADED)
        if self.held + size > self._room:
            raise Refused(Refusal.OVERLOADED)

        self.storing += 1
        self.held += size

    def set_empty_if_drained(self) -> None:
        """Set `empty` where the gate is draining and nothing is in flight any more."""
        if self.draining and not self.in_flight:
            self.empty.set()


@dataclass(slots=True, eq=False)
class Body:
    """What has come of a request's body: counted as read until whole, as stored from
    `count_as_stored` on.
    """

    gate: Gate
    size: int = 0
    address: str = ""
    _pieces: list[bytes] = field(default_factory=list)
    _cut: Callable[[Exception], None] | None = None
    _is_stored: bool = False
    _is_evicted: bool = False

    def start_waiting(self, address: str, cut: Callable[[Exception], None]) -> None:
        """Take a place among those still sending; `cut` raises an error in who awaits the rest."""
        self.address = address
        self._cut = cut
        self.gate.reading += 1
        self.gate.senders.take(self)

    def take(self, piece: bytes) -> None:
        """Hold one more piece; raises Refused where it is too large, or was evicted as too slow."""
        size = len(piece)
        self._pieces.append(piece)
        self.size += size
        if self._cut is not None and not self._is_evicted:
            self.gate.senders.take(self, size)

        if self._is_evicted:
            raise Refused(Refusal.OVERLOADED)
        if self.size > self.gate.max_body:
            raise Refused(Refusal.BODY_TOO_LARGE)

    def evict(self) -> None:
        """Answer whoever sends it that there is no room."""
        self._is_evicted = True
        assert self._cut is not None  # noqa: S101 - only who waits has a place to lose
        self._cut(Refused(Refusal.OVERLOADED))

    def whole(self) -> bytes:
        """Return what has come, in one piece."""
        if len(self._pieces) != 1:
            joined = b"".join(self._pieces)
            self._pieces = [joined]
        return self._pieces[0]

    def count_as_stored(self) -> None:
        """Count it as being stored, for its signature holds; raises Refused where no room is."""
        self._end_waiting()
        self.gate.store(self.size)
        self._is_stored = True

    def leave(self) -> None:
        """Give up its place, its room and its bytes: its request has been decided.

        What was raised on the way there holds the frames that it went through, and they hold this,
        for a while.
        """
        self._end_waiting()
        if self._is_stored:
            self._is_stored = False
            self.gate.storing -= 1
            self.gate.held -= self.size

        self._pieces = []
        self.gate.set_empty_if_drained()

    def _end_waiting(self) -> None:
        if self._cut is None:
            return

        self._cut = None
        self.gate.reading -= 1
        self.gate.senders.leave(self)
