"""Having messages in memory handled, as a worker does with the broker's."""

import asyncio
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple

from schemas.names import WorkQueue
from schemas.webhook import Webhook
from workers.broker.copies import copy_of, steps_of
from workers.broker.deciding import Due
from workers.broker.telling import Owed, tell
from workers.broker.under_way import UnderWay
from workers.clock import HandClock
from workers.consumer import Consumer
from workers.limiter import Limiter
from workers.outcome import Outcome
from workers.stores.memory import MemoryStore
from workers.testing.crew import Crew, Hand
from workers.testing.in_order import OrderedHand
from workers.testing.memory import Memory
from workers.testing.message import Message
from workers.testing.seen import Attempt, moment

_IS_HANDLING: ContextVar[bool] = ContextVar("is_handling", default=False)


class Crashed(BaseException):
    """The worker has died under this handler."""


class _Running(NamedTuple):
    """An attempt under way, and the worker that makes it."""

    crew: Crew
    message: Message
    run: UnderWay
    webhook: Webhook


class Play:
    """Takes what lies ready in memory, by a worker that may die."""

    def __init__(
        self, app: str, consumers: Sequence[Consumer[Any]], memory: Memory, clock: HandClock
    ) -> None:
        self.attempts: list[Attempt] = []
        self._app = app
        self._consumers = consumers
        self._memory = memory
        self._clock = clock
        self._store = MemoryStore()
        self._crew = self._make()
        self._running: dict[asyncio.Task[Outcome], _Running] = {}

    def _make(self) -> Crew:
        return Crew(self._app, self._consumers, self._store, _hand)

    async def until_nothing_may_run(self) -> None:
        """Have everything run that may run now, and what comes of it."""
        while True:
            self._memory.give_due(self._clock.now)
            self._begin_all()
            if not self._running:
                return
            ended, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            self._settle(sorted(ended, key=self._number))

    def seconds_held(self) -> Iterator[float]:
        """Yield in how many seconds each queue that only waits for time may go on."""
        for queue, lying in self._memory.ready.items():
            seconds = self._crew.hands[queue].seconds_held
            if seconds and (lying or queue.ordered):
                yield seconds

    def crash(self) -> None:
        """Have this worker die; what it had under way comes again, to the next one."""
        self._crew.claims.is_reached = False
        self._crew = self._make()
        self._memory.take_all_back()
        for task in self._running:
            task.cancel()
        if _IS_HANDLING.get():
            raise Crashed

    async def end(self) -> None:
        """Cancel what still runs."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _begin_all(self) -> None:
        for hand in self._crew.hands.values():
            while (message := hand.next(self._memory)) is not None:
                self._begin(hand, message)

    def _begin(self, hand: Hand, message: Message) -> None:
        run, decided = hand.take(message)
        if not isinstance(decided, Due):
            self._conclude(message, run, decided)
            return

        attempt = asyncio.create_task(_handling(hand, decided))
        self._running[attempt] = _Running(self._crew, message, run, decided.webhook)
        hand.begin()

    def _number(self, task: asyncio.Task[Outcome]) -> int:
        return self._running[task].message.number

    def _settle(self, ended: Sequence[asyncio.Task[Outcome]]) -> None:
        """Act on what has ended; what a dead worker had under way is the broker's again."""
        given_back = []
        for task in ended:
            running = self._running.pop(task)
            if running.crew is not self._crew:
                self._note(running, None)
                if not running.message.queue.ordered:  # those are back already
                    given_back.append(running.message)
                continue

            outcome = task.result()
            self._note(running, outcome)
            self._conclude(running.message, running.run, outcome)
        self._memory.take_back(given_back)

    def _conclude(self, message: Message, run: UnderWay, outcome: Owed) -> None:
        hand = self._crew.hands[message.queue]
        hand.is_to_settle(message, run, outcome)
        made = None
        for step in steps_of(run, outcome):
            copy = copy_of(run, step)
            if copy is not None:
                made = self._memory.publish(copy, message, self._clock.now)
            tell(run, step)
        hand.has_settled(self._memory, message, made)

    def _note(self, running: _Running, outcome: Outcome | None) -> None:
        run = running.run
        at = moment(self._clock.now)
        attempt = Attempt(run.queue.consumer, running.webhook, run.number, outcome, at)
        self.attempts.append(attempt)


def _hand(queue: WorkQueue, limiter: Limiter, suspect_turn: asyncio.Lock) -> Hand:
    make = OrderedHand if queue.ordered else Hand
    return make(queue, limiter, suspect_turn)


async def _handling(hand: Hand, due: Due) -> Outcome:
    _IS_HANDLING.set(True)
    return await hand.attempt(due)
