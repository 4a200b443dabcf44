"""The worker of a scenario: what a process knows, and forgets when it dies."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

from schemas.control import ControlState
from schemas.names import WorkQueue
from workers import clock
from workers.allowance import allowance
from workers.broker.deciding import Decider, Due
from workers.broker.deliveries import Deliveries
from workers.broker.telling import TOLD, Owed
from workers.broker.under_way import UnderWay
from workers.broker.unsettled import Unsettled
from workers.circuit import Circuit, Position
from workers.claims import Claim
from workers.consumer import Consumer
from workers.limiter import Limiter
from workers.outcome import Outcome
from workers.queue_breaker import QueueBreaker
from workers.stores.memory import MemoryStore
from workers.testing.delivering import with_store
from workers.testing.memory import Memory
from workers.testing.message import Message

_NOBODY = ControlState()


class Hand:
    """What takes from one queue."""

    def __init__(self, queue: WorkQueue, limiter: Limiter, suspect_turn: asyncio.Lock) -> None:
        self.running = 0
        self.limiter = limiter
        self._queue = queue
        self._consumer = limiter.consumer
        self._decider = Decider(queue, self._consumer, suspect_turn, limiter)
        self._unsettled: Unsettled[Owed] = Unsettled(self._consumer.concurrency, TOLD)
        self._breaker: QueueBreaker | None = None
        if self._consumer.breaker is not None:
            circuit = Circuit(self._consumer.breaker)
            self._breaker = QueueBreaker(queue, circuit, 0.0, "scenario", _tell_nobody)
            self._decider.count_by(self._breaker.count)

    @property
    def position(self) -> Position:
        """Where its breaker stands."""
        return Position.CLOSED if self._breaker is None else self._breaker.position

    @property
    def has_room(self) -> bool:
        """Whether one more may begin now."""
        allowed = allowance(
            _NOBODY, self._queue, self._consumer.concurrency, clock.now_ms(), self.position
        )
        return self.running < allowed.handlers and not self.limiter.turns.seconds_left

    @property
    def seconds_held(self) -> float:
        """Seconds until it may take something, where time alone holds it up."""
        left = 0.0 if self._breaker is None else self._breaker.seconds_left
        return max(left, self.limiter.turns.seconds_left, 0.0)

    def next(self, memory: Memory) -> Message | None:
        """Return what is to be taken next, where anything may be."""
        lying = memory.ready[self._queue]
        return lying.popleft() if lying and self.has_room else None

    def take(self, message: Message) -> tuple[UnderWay, Owed | Due]:
        """Take a message; return what is decided of it without an attempt, or that one is due."""
        properties = message.delivered()
        run = UnderWay(
            self._queue,
            cast("Deliveries", None),
            message.number,
            properties,
            message.body,
            clock.now_ms(),
            redelivered=message.returned > 0,
        )
        return run, self._decider.decide(run, self._unsettled)

    def is_to_settle(self, message: Message, run: UnderWay, outcome: Owed) -> None:
        """Prepare for what becomes of a message."""

    def has_settled(self, memory: Memory, message: Message, made: Message | None) -> None:
        """Note what became of a message."""

    def let_go(self, due: Due) -> None:
        """Have room for another of its shop."""
        self._decider.let_go(due)

    def begin(self) -> None:
        """Take the place and the turn of an attempt."""
        self.running += 1
        self.limiter.turns.take()

    async def attempt(self, due: Due) -> Outcome:
        """Make an attempt that has begun."""
        try:
            return await self._decider.attempt(due)
        finally:
            self._decider.let_go(due)
            self.running -= 1


MakeHand = Callable[[WorkQueue, Limiter, asyncio.Lock], Hand]


class Claims:
    """A store of claims as one worker reaches it: of a dead one it hears nothing more."""

    def __init__(self, store: MemoryStore) -> None:
        self.is_reached = True
        self._store = store

    def __str__(self) -> str:
        return str(self._store)

    async def claim(self, key: str, owner: str, seconds: float) -> Claim:
        """Grant a claim that nobody has."""
        return await self._store.claim(key, owner, seconds)

    async def keep(self, key: str, seconds: float) -> None:
        """Note that it is done."""
        if self.is_reached:
            await self._store.keep(key, seconds)

    async def release(self, key: str, owner: str) -> None:
        """Give the claim up."""
        if self.is_reached:
            await self._store.release(key, owner)

    async def close(self) -> None:
        """Do nothing: what is kept stays."""


class Crew:
    """One worker process: a hand for each queue."""

    def __init__(
        self,
        app: str,
        consumers: Sequence[Consumer[Any]],
        store: MemoryStore,
        make: MakeHand,
    ) -> None:
        self.hands: dict[WorkQueue, Hand] = {}
        self.claims = Claims(store)
        suspect_turn = asyncio.Lock()
        for consumer in consumers:
            limiter = Limiter(with_store(consumer, self.claims))
            limiter.share_among(1)
            for queue in consumer.queues(app):
                self.hands[queue] = make(queue, limiter, suspect_turn)


def _tell_nobody(*_: object) -> None:
    """Tell nobody: there is no other worker."""
