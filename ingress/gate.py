"""How much is let in at once, and when the last of it is out."""

import asyncio
from dataclasses import dataclass, field

from ingress.refusals import Refusal, Refused

MAX_HELD = 64 * 1024 * 1024
"""Bytes of bodies held at once; they are counted as they arrive, so that announcing a large one takes no room."""


@dataclass(slots=True)
class Gate:
    """How much is let in; sizes in bytes, times in seconds."""

    max_body: int = 2 * 1024 * 1024
    body_timeout: float = 10.0
    max_in_flight: int = 500
    draining: bool = False
    in_flight: int = 0
    held: int = 0
    empty: asyncio.Event = field(default_factory=asyncio.Event)  # set once draining and nothing is in flight

    @property
    def is_full(self) -> bool:
        """Whether more is held than there is room for; a few bodies of the largest size always fit."""
        return self.held > max(MAX_HELD, 4 * self.max_body)

    def leave(self, held: int) -> None:
        """Note that a request has been answered, of whose body so much was held."""
        self.in_flight -= 1
        self.held -= held
        self.note()

    def note(self) -> None:
        """Tell who waits for it that nothing is in flight any more."""
        if self.draining and not self.in_flight:
            self.empty.set()


@dataclass(slots=True)
class Body:
    """What has come of a request's body, held once, and counted as held until the request is answered."""

    gate: Gate
    size: int = 0
    _pieces: list[bytes] = field(default_factory=list)

    def take(self, piece: bytes) -> None:
        """Hold one more piece; raises Refused where there is no room for it, or it is too much."""
        self._pieces.append(piece)
        self.size += len(piece)
        self.gate.held += len(piece)
        if self.gate.is_full:
            raise Refused(Refusal.OVERLOADED)
        if self.size > self.gate.max_body:
            raise Refused(Refusal.BODY_TOO_LARGE)

    def whole(self) -> bytes:
        """Return what has come, in one piece."""
        if len(self._pieces) != 1:
            self._pieces = [b"".join(self._pieces)]
        return self._pieces[0]
