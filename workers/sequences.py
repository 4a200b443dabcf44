"""The sequences of a partition: of each shop one webhook after the other, in their order. Pure.

A shop's webhooks stand in a line. Its head runs, and what follows waits. Where the head is to come
again later, it stays the head: it is copied to where what waits is held, with a place, and so is
what follows, which would be in the way of other shops. Places, and not the order of copies, say
what comes first: an attempt more is a copy more, of the same place.

    read, arrive          a copy is handed out; the partition gives a webhook
    next_run, next_move   what may be attempted; what makes room
    settled, moved, lost  what became of it
What a worker that died had copied and not yet forgotten comes twice: a copy tells of what it is.
Where a dead webhook halts its line, a copy that is never due keeps its place, until the next turn.
"""

import math
from typing import Generic

from workers.agenda import Agenda
from workers.line import Copy, D, Doing, Line, Member, Seat
from workers.recent import Recent

MOST_HELD = 1_000
"""Webhooks held of a partition: while there are so many, no further one of it is begun."""


class Sequences(Generic[D]):
    """The lines of one partition. Times are milliseconds since 1970."""

    def __init__(self, most_held: int = MOST_HELD) -> None:
        self.held = 0
        self.is_read = False
        """Whether all that is held has been read: until then nothing is done."""
        self._most_held = most_held
        self._last_place = 0
        self._lines: dict[str, Line[D]] = {}
        self.agenda = Agenda(self._lines)
        self._members: dict[str, Member[D]] = {}  # by origin
        self._settled = Recent()

    @property
    def is_full(self) -> bool:
        """Whether so many are held that nothing more of the partition is begun."""
        return self.held >= self._most_held

    @property
    def waiting_since_ms(self) -> float:
        """Since when that waits here which has waited longest; infinity where nothing does."""
        times = (one.since_ms for one in self._members.values() if one.is_here)
        return min(times, default=math.inf)

    @property
    def members(self) -> list[Member[D]]:
        """All that are not settled."""
        return list(self._members.values())

    def read(self, shop: str, copy: Copy[D], now_ms: int) -> tuple[Member[D] | None, D | None]:
        """Take a held copy in; return whose it is, and a delivery that is to be forgotten, if any.

        Of two copies of one message the later one counts.
        """
        seat = copy.seat
        self._last_place = max(self._last_place, seat.place)
        if seat.origin in self._settled and not copy.is_put_back:
            return None, copy.delivery

        member = self._members.get(seat.origin)
        if member is None:
            member = Member(shop, seat.origin, None, since_ms=now_ms)
            self._join(member)
            self._take(member, copy)
            return member, None

        if member.is_held and member.delivery is None and seat.turn == member.turn:
            member.due_ms = copy.due_ms
            member.is_halted = copy.is_halted
            return self._hand(member, copy.delivery, now_ms), None
        return member, self._another(member, copy, now_ms)

    def arrive(
        self, shop: str, origin: str, delivery: D, now_ms: int, *, again: bool
    ) -> Member[D] | None:
        """Take in what the partition gives; return its member, or None where it is to be forgotten:
        there is a copy of it, or it was settled before.

        `again`: it was handed out before. What was not is another message, whatever its ids are.
        """
        known = self._members.get(origin)
        is_held = known is not None and known.is_held
        if again and (is_held or origin in self._settled):
            return None
        if again and known is not None and known.delivery is None:
            return self._hand(known, delivery, now_ms)

        while origin in self._members or origin in self._settled:
            origin = f"{origin}'"
        member = Member(shop, origin, delivery, since_ms=now_ms)
        self._join(member)
        return member

    def next_run(self, now_ms: int) -> Member[D] | None:
        """Return a webhook to be attempted, which runs from here on; None where there is none."""
        while self.is_read and (member := self.agenda.runnable(now_ms)):
            if member.is_held or not self.is_full:
                member.doing = Doing.RUNS
                return member
        return None

    def next_move(self, now_ms: int) -> Member[D] | None:
        """Return a webhook that makes room, which moves from here on; None where there is none."""
        while self.is_read and (member := self.agenda.movable(now_ms)):
            if not self.is_full:
                member.doing = Doing.MOVES
                return member
        return None

    def seat(self, member: Member[D]) -> Seat:
        """Return where its next copy is to stand."""
        self._last_place += not member.is_held
        place = member.place or self._last_place
        return Seat(member.origin, place, member.turn + 1)

    def moved(self, member: Member[D], seat: Seat, due_ms: int) -> None:
        """Note that its copy is stored, and what it was copied from is to be forgotten."""
        if self._members.get(member.origin) is not member:
            return
        copy = member.coming or Copy(seat, due_ms, None)
        self._take(member, copy)

    def settled(self, member: Member[D]) -> D | None:
        """Note that it is done, or dead; return a delivery that is to be forgotten too, if any."""
        self._settled.note(member.origin)
        self._part(member)
        return None if member.coming is None else member.coming.delivery

    def lost(self, member: Member[D]) -> None:
        """Note that it could not be settled: the broker will hand it out again, to whoever.

        Where its next copy is here, it was stored after all.
        """
        if member.coming is None:
            self._part(member)
        else:
            self.moved(member, member.coming.seat, member.coming.due_ms)

    def lose(self) -> None:
        """Note that the channel is gone: the broker has all again but what runs on here."""
        self.is_read = False
        for member in self.members:
            member.delivery = None
            member.coming = None
            if member.doing is not Doing.RUNS:
                self._part(member)

    def _another(self, member: Member[D], copy: Copy[D], now_ms: int) -> D | None:
        """Take in another copy of what is here; return which of the two is to be forgotten."""
        turn = copy.seat.turn
        if member.doing is not Doing.WAITS:
            return member.expect(copy)
        if turn <= member.turn:
            return copy.delivery
        earlier = member.delivery
        member.since_ms = now_ms
        self._take(member, copy)
        return earlier

    def _take(self, member: Member[D], copy: Copy[D]) -> None:
        """Have a copy stand for a member from here on."""
        self.held += not member.is_held
        member.is_copied(copy)
        self._lines[member.shop].sort()
        self.agenda.look_at(member.shop)

    def _hand(self, member: Member[D], delivery: D | None, now_ms: int) -> Member[D]:
        member.delivery = delivery
        member.since_ms = now_ms
        self.agenda.look_at(member.shop)
        return member

    def _join(self, member: Member[D]) -> None:
        self._members[member.origin] = member
        self._lines.setdefault(member.shop, Line()).add(member)
        self.agenda.look_at(member.shop)

    def _part(self, member: Member[D]) -> None:
        if self._members.get(member.origin) is not member:
            return
        was_full = self.is_full
        del self._members[member.origin]
        self.held -= member.is_held

        line = self._lines[member.shop].members
        line.remove(member)
        if line:
            self.agenda.look_at(member.shop)
        else:
            del self._lines[member.shop]
        if was_full and not self.is_full:
            self.agenda.look_at_all()
