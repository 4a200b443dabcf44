"""The hand that takes from an ordered partition in memory: by the worker's own sequences."""

import asyncio
import math

from schemas import headers as webhook_headers
from schemas.names import WorkQueue
from workers import clock
from workers.broker.deciding import Due
from workers.broker.telling import Follows, Owed
from workers.broker.under_way import UnderWay
from workers.limiter import Limiter
from workers.line import Copy, Member
from workers.outcome import Again, Aside, Dead, Deferred
from workers.seats import is_stub
from workers.sequences import Sequences
from workers.testing.crew import Hand
from workers.testing.memory import Memory
from workers.testing.message import Message


class OrderedHand(Hand):
    """What takes from one ordered partition, and holds back what is not to run yet."""

    def __init__(self, queue: WorkQueue, limiter: Limiter, suspect_turn: asyncio.Lock) -> None:
        super().__init__(queue, limiter, suspect_turn)
        self._sequences: Sequences[Message] = Sequences()
        self._members: dict[int, Member[Message]] = {}  # by the number of what is under way
        self._moving: set[int] = set()
        self._known: set[int] = set()
        """The numbers of held messages that were handed out."""

    @property
    def seconds_held(self) -> float:
        """Seconds until it may go on, where time alone holds it up."""
        held = super().seconds_held
        if held:
            return held

        now_ms = clock.now_ms()
        due = self._sequences.agenda.seconds_to_due(now_ms)
        if math.isinf(due):
            return 0.0
        return due

    def next(self, memory: Memory) -> Message | None:
        """Return what is to be taken next, and forget nothing: what is not done lies there."""
        now_ms = clock.now_ms()
        self._take_in(memory, now_ms)

        member = self._sequences.next_move(now_ms)
        if member is not None:
            message = self._begun(member)
            self._moving.add(message.number)
            return message

        if not self.has_room:
            return None
        head = self._sequences.next_run(now_ms)
        if head is None:
            return None
        return self._begun(head)

    def take(self, message: Message) -> tuple[UnderWay, Owed | Due]:
        """Take a message; what only makes room is decided."""
        run, decided = super().take(message)
        if message.number not in self._moving:
            return run, decided
        self._moving.discard(message.number)
        if isinstance(decided, Due):
            self.let_go(decided)
        return run, Follows()

    def is_to_settle(self, message: Message, run: UnderWay, outcome: Owed) -> None:
        """Say where its copy is to stand, where it is held."""
        is_halted = self._decider.halts and isinstance(outcome, Dead)
        if is_halted or isinstance(outcome, Again | Deferred | Aside | Follows):
            member = self._members[message.number]
            run.seat = self._sequences.seat(member)

    def has_settled(self, memory: Memory, message: Message, made: Message | None) -> None:
        """Note what became of a message, and the copy that stands for it now."""
        member = self._members.pop(message.number)
        memory.forget(message)
        if made is None or made.seat is None:
            self._sequences.settled(member)
            return

        self._sequences.moved(member, made.seat, made.due_ms)
        self._read(memory, made, clock.now_ms())

    def _begun(self, member: Member[Message]) -> Message:
        message = member.delivery
        assert message is not None  # noqa: S101 - nothing begins that is not here
        self._members[message.number] = member
        return message

    def _read(self, memory: Memory, held: Message, now_ms: int) -> None:
        seat = held.seat
        assert seat is not None  # noqa: S101 - it is held
        self._known.add(held.number)
        is_halted = self._decider.halts and is_stub(held.headers)
        is_put_back = webhook_headers.HALTS in held.headers
        copy = Copy(seat, held.due_ms, held, is_halted, is_put_back)
        _, superfluous = self._sequences.read(_shop(held), copy, now_ms)
        if superfluous is not None:
            memory.forget(superfluous)

    def _take_in(self, memory: Memory, now_ms: int) -> None:
        new = [one for one in memory.held_of(self._queue) if one.number not in self._known]
        for held in new:
            self._read(memory, held, now_ms)
        self._sequences.is_read = True

        for message in memory.take_all(self._queue):
            shop = _shop(message)
            origin = f"message-{message.number}"
            is_again = message.returned > 0
            self._sequences.arrive(shop, origin, message, now_ms, again=is_again)


def _shop(message: Message) -> str:
    return webhook_headers.text(message.headers, webhook_headers.SHOP)
