"""A shop's webhooks in a partition, one after the other in the order in which they came in. Pure.

head                      what follows
────                      ────────────
runs, or waits until      held ones by their places, then those that only the partition has
its next attempt is due
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, NamedTuple, TypeVar

D = TypeVar("D")  # what the broker has handed out


class Doing(Enum):
    """What is being done with a member of a line."""

    WAITS = auto()
    RUNS = auto()
    """Its attempt is under way, or what came of it is being settled."""
    MOVES = auto()
    """A copy is on its way to where what waits is held."""


class Seat(NamedTuple):
    """Where a held copy stands: of which message it is, its place, and how often it was copied."""

    origin: str
    place: int
    turn: int


class Copy(NamedTuple, Generic[D]):
    """A held copy that was handed out, and when it is due."""

    seat: Seat
    due_ms: int
    delivery: D | None
    is_halted: bool = False
    """Whether it only keeps the place of a webhook that is dead, and is never due."""
    is_put_back: bool = False
    """Whether an operator has put it there, by a replay."""


@dataclass(eq=False, slots=True)
class Member(Generic[D]):
    """One webhook. `place` is 0 while only the partition has it, and then never changes."""

    shop: str
    origin: str
    delivery: D | None
    place: int = 0
    turn: int = 0
    due_ms: int = 0
    is_halted: bool = False
    """Whether it is dead, and the sequence waits for what becomes of that."""
    since_ms: int = 0
    """When the broker handed it out."""
    doing: Doing = Doing.WAITS
    coming: Copy[D] | None = None
    """Its next copy, which was handed out before the confirm came."""
    is_listed: bool = False

    def is_copied(self, copy: Copy[D]) -> None:
        """Have a copy take its place, and wait in it."""
        self.place = copy.seat.place
        self.turn = copy.seat.turn
        self.due_ms = copy.due_ms
        self.is_halted = copy.is_halted
        self.delivery = copy.delivery
        self.doing = Doing.WAITS
        self.coming = None

    def expect(self, copy: Copy[D]) -> D | None:
        """Have a copy stand for it once it has ended; return which is to be forgotten for that."""
        latest = self.turn if self.coming is None else self.coming.seat.turn
        if copy.seat.turn <= latest:
            return copy.delivery
        earlier = None if self.coming is None else self.coming.delivery
        self.coming = copy
        return earlier

    def is_waiting(self, now_ms: int) -> bool:
        """Whether it is not to run yet."""
        return self.is_halted or self.due_ms > now_ms

    @property
    def is_held(self) -> bool:
        """Whether a copy of it lies where what waits is held."""
        return self.place > 0

    @property
    def is_here(self) -> bool:
        """Whether it waits, and something could be done with it now."""
        return self.doing is Doing.WAITS and self.delivery is not None


@dataclass(slots=True)
class Line(Generic[D]):
    """The webhooks of one shop that are not settled yet."""

    members: list[Member[D]] = field(default_factory=list)

    @property
    def head(self) -> Member[D]:
        """The one before which nothing may run."""
        return self.members[0]

    def add(self, member: Member[D]) -> None:
        """Add one at its place."""
        self.members.append(member)
        if len(self.members) > 1:
            self.sort()

    def sort(self) -> None:
        """Have each in its place again. What has begun is the head, whatever has come since."""
        self.members.sort(key=_rank)

    def runnable(self, now_ms: int) -> Member[D] | None:
        """Return the head where it may run."""
        head = self.head
        if head.is_here and head.due_ms <= now_ms and not head.is_halted:
            return head
        return None

    def movable(self, now_ms: int) -> Member[D] | None:
        """Return the next that makes room for other shops: the first one that is not held, where
        what stands before it is held and does not run.

        One after the other, so that held copies come to be in their order.
        """
        for at, member in enumerate(self.members):
            if member.is_held:
                continue
            is_behind = at > 1 or (at == 1 and self._is_waiting(now_ms))
            if is_behind and member.is_here:
                return member
            return None
        return None

    def _is_waiting(self, now_ms: int) -> bool:
        head = self.head
        return head.is_held and head.doing is Doing.WAITS and head.is_waiting(now_ms)


def _rank(member: Member[D]) -> tuple[bool, bool, int]:
    return member.doing is not Doing.RUNS, not member.is_held, member.place
