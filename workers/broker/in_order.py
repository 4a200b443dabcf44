"""Working on a partition in the order of each shop: `workers.sequences` decides what may be done.

What waits in a line has no task: it is begun when it may be. What is under way when the channel is
lost goes on here, and takes the next delivery of its message as its own. All else is the broker's
again, and comes again in its order.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable

from runtime.lifetime import end_tasks
from runtime.waiting import set_or_later
from schemas import headers as webhook_headers
from schemas.pulse import QueueState
from workers import clock
from workers.broker.deliveries import Receive
from workers.broker.ordered_runs import OrderedRuns, forget, until_gone
from workers.broker.ordered_subscription import Mark, OrderedSubscription, mark_in
from workers.broker.runs import Runs
from workers.broker.under_way import UnderWay
from workers.line import Member
from workers.sequences import Sequences
from workers.telemetry import HALTED, HELD, labels_of

LOOK_EVERY = 1.0
"""Seconds until it is looked again what may be begun, whatever happens."""
AHEAD = 4
"""Times as many as may run at once are here: what follows in a shop's line waits in memory. Not
where a rate holds all up: it would wait for too long.
"""
RENEW_AFTER = 600.0
"""Seconds that anything waits in memory at most; then the channel is opened anew, and all comes
again. After half an hour the broker would close it.
"""


class InOrder:
    """Works on one ordered partition; `mark` publishes behind what is held of it."""

    def __init__(self, runs: Runs, receive: Receive, mark: Mark) -> None:
        self._runs = runs
        self._limiter = runs.limiter
        self._sequences: Sequences[UnderWay] = Sequences()
        self._woken = asyncio.Event()
        self._is_renewed = False
        concurrency = runs.limiter.consumer.concurrency
        runs.settling.unsettled.remember_acks(concurrency * AHEAD)

        self.subscription = OrderedSubscription(
            runs.queue,
            runs.room.handlers,
            receive,
            mark,
            count_received=lambda: runs.received,
            is_busy=lambda: bool(runs.under_way),
            is_waiting=self._is_waiting,
            ahead=self._ahead,
        )
        self._ordered = OrderedRuns(
            self._sequences,
            runs,
            may_begin=self._may_begin,
            start_anew=self._start_anew,
        )
        runs.listen(self._has_ended)
        labels = labels_of(runs.queue)
        HELD.labels(*labels).set_function(lambda: self._sequences.held)
        HALTED.labels(*labels).set_function(lambda: len(self._sequences.agenda.halted))

    @property
    def state(self) -> QueueState:
        """Whether it is full, or waits for a turn by the rate."""
        if self._sequences.is_full:
            return QueueState.FULL
        has_no_turn = self._limiter.turns.seconds_left > 0 and self._is_waiting()
        return QueueState.LIMITED if has_no_turn else QueueState.CONSUMING

    @property
    def members(self) -> list[Member[UnderWay]]:
        """All of the partition that is here and not settled."""
        return self._sequences.members

    def take(self, run: UnderWay) -> None:
        """Have a delivery wait in its line, and begin what may be begun."""
        mark = mark_in(run.properties)
        if mark:
            self._sequences.is_read |= self.subscription.passes(mark)
            forget(run)
        else:
            self._take_in(run)
        self._ordered.go_on()

    def before_fence(self) -> Iterable[asyncio.Task[None]]:
        """Return a task that ends once all that is here now is settled, or the channel lost."""
        return [asyncio.create_task(until_gone(self._sequences))]

    async def consume(self, hold: Callable[[], Awaitable[None]]) -> None:
        """Consume on one channel after the other, until one is lost, or the partition is left."""
        self._is_renewed = True
        while self._is_renewed:
            self._is_renewed = False
            going_on = asyncio.create_task(self._keep_going())
            try:
                await hold()
            finally:
                await end_tasks([going_on])
                self._sequences.lose()

    async def _keep_going(self) -> None:
        """Begin what has become due, and open the channel anew in time, until cancelled."""
        renew_at = clock.monotonic() + RENEW_AFTER
        while True:
            self._woken.clear()
            self._ordered.go_on()
            if clock.monotonic() >= renew_at and self._has_waited_long():
                self._start_anew()

            due_in = self._sequences.agenda.seconds_to_due(clock.now_ms())
            turn_in = self._limiter.turns.seconds_left or LOOK_EVERY
            await set_or_later(self._woken, min(due_in, turn_in, LOOK_EVERY))

    def _ahead(self) -> int:
        if self._sequences.is_full:
            return 0
        return 1 if self._limiter.limits.rate else AHEAD

    def _is_waiting(self) -> bool:
        return self._sequences.waiting_since_ms < math.inf

    def _has_waited_long(self) -> bool:
        waited_ms = clock.now_ms() - self._sequences.waiting_since_ms
        return waited_ms >= RENEW_AFTER * 1000

    def _take_in(self, run: UnderWay) -> None:
        now_ms = run.started_ms
        shop = webhook_headers.text(run.headers, webhook_headers.SHOP)
        seat = run.held_at
        superfluous: UnderWay | None
        if seat is not None:
            copy = run.copy_at(seat, halts=self._runs.decider.halts)
            member, superfluous = self._sequences.read(shop, copy, now_ms)
        else:
            member = self._sequences.arrive(shop, run.origin, run, now_ms, again=run.redelivered)
            superfluous = run if member is None else None

        if superfluous is not None:
            forget(superfluous)
        if member is not None:
            self._ordered.take_up(member, run)

    def _may_begin(self) -> bool:
        room = self._runs.room
        return not (self.subscription.is_leaving or not room.handlers or room.is_closed)

    def _start_anew(self) -> None:
        """Close the channel, once nothing is under way, and open another."""
        self._is_renewed = True
        self.subscription.leave()

    def _has_ended(self) -> None:
        self.subscription.wake_if_leaving()
        self._ordered.go_on()
        if self._sequences.held or self._limiter.limits.rate:
            # Something may be due sooner than was known. To look costs half as much as an attempt.
            self._woken.set()
