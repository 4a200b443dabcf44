"""Consuming a partition in the order of each shop: `workers.sequences` decides what may be done.

What waits in a line has no task: it is begun when it may be. What is under way when the channel is
lost goes on here, and takes the next delivery of its message as its own. All else is the broker's
again, and comes again in its order.
"""

import asyncio
import math

import structlog
from aio_pika.abc import AbstractConnection

from runtime.amqp.tap import Tap
from runtime.lifetime import end_tasks
from runtime.waiting import set_or_later
from schemas import headers as webhook_headers
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from schemas.pulse import QueueState
from workers import clock
from workers.broker.deliveries import Deliveries
from workers.broker.fence import Drained, is_fence, nobody_told
from workers.broker.intake import Intake
from workers.broker.ordered_runs import OrderedRuns, forget, until_gone
from workers.broker.ordered_subscription import Mark, OrderedSubscription, mark_in
from workers.broker.queue_settling import QueueSettling
from workers.broker.settle import Settle
from workers.broker.under_way import UnderWay
from workers.limiter import Limiter
from workers.line import Member
from workers.sequences import Sequences
from workers.telemetry import HALTED, HELD, labels_of

log = structlog.get_logger()

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


class OrderedIntake(Intake):
    """One ordered partition; `mark` publishes behind what is held of it."""

    def __init__(
        self,
        queue: WorkQueue,
        settle: Settle,
        suspect_turn: asyncio.Lock,
        limiter: Limiter,
        mark: Mark,
        drained: Drained = nobody_told,
    ) -> None:
        self._mark = mark
        self._sequences: Sequences[UnderWay] = Sequences()
        self._woken = asyncio.Event()
        self._is_renewed = False
        super().__init__(queue, settle, suspect_turn, limiter, drained)
        self._settling = QueueSettling(queue, settle, limiter.consumer.concurrency * AHEAD)
        self._runs = OrderedRuns(
            self._sequences,
            self.decider,
            self._settling,
            self._room,
            self.under_way,
            may_begin=self._may_begin,
            start_anew=self._start_anew,
            ended=self._has_ended,
        )
        labels = labels_of(queue)
        HELD.labels(*labels).set_function(lambda: self._sequences.held)
        HALTED.labels(*labels).set_function(lambda: len(self._sequences.agenda.halted))

    @property
    def state(self) -> QueueState:
        """How the worker stands to the partition."""
        state = super().state
        if state is not QueueState.CONSUMING:
            return state
        if self._sequences.is_full:
            return QueueState.FULL
        has_no_turn = self.limiter.turns.seconds_left > 0 and self._is_waiting()
        return QueueState.LIMITED if has_no_turn else state

    @property
    def members(self) -> list[Member[UnderWay]]:
        """All of the partition that is here and not settled."""
        return self._sequences.members

    def _subscribe(self) -> OrderedSubscription:
        made = OrderedSubscription(
            self.queue,
            self._allowed.handlers,
            self._receive,
            self._mark,
            count_received=lambda: self.received,
            is_busy=lambda: bool(self.under_way),
            is_waiting=self._is_waiting,
            ahead=self._ahead,
        )
        self._passes = made.passes
        return made

    async def consume(self, connection: AbstractConnection, tap: Tap) -> None:
        """Consume until the broker ends it, or the partition is left."""
        self._is_renewed = True
        while self._is_renewed:
            self._is_renewed = False
            going_on = asyncio.create_task(self._keep_going())
            try:
                await super().consume(connection, tap)
            finally:
                await end_tasks([going_on])
                self._sequences.lose()

    async def _keep_going(self) -> None:
        """Begin what has become due, and open the channel anew in time, until cancelled."""
        renew_at = clock.monotonic() + RENEW_AFTER
        while True:
            self._woken.clear()
            self._runs.go_on()
            if clock.monotonic() >= renew_at and self._has_waited_long():
                self._start_anew()

            due_in = self._sequences.agenda.seconds_to_due(clock.now_ms())
            turn_in = self.limiter.turns.seconds_left or LOOK_EVERY
            await set_or_later(self._woken, min(due_in, turn_in, LOOK_EVERY))

    def _ahead(self) -> int:
        if self._sequences.is_full:
            return 0
        return 1 if self.limiter.limits.rate else AHEAD

    def _is_waiting(self) -> bool:
        return self._sequences.waiting_since_ms < math.inf

    def _has_waited_long(self) -> bool:
        waited_ms = clock.now_ms() - self._sequences.waiting_since_ms
        return waited_ms >= RENEW_AFTER * 1000

    def _receive(
        self,
        deliveries: Deliveries,
        tag: int,
        redelivered: bool,  # noqa: FBT001 - as `Receive` has it
        properties: ReceivedProperties,
        body: bytes,
    ) -> None:
        self.received += 1
        now_ms = clock.now_ms()
        run = UnderWay(self.queue, deliveries, tag, properties, body, now_ms, redelivered)
        mark = mark_in(properties)
        if mark:
            self._sequences.is_read |= self._passes(mark)
            forget(run)
        elif is_fence(properties):
            before = asyncio.create_task(until_gone(self._sequences))
            self._fences.arrived(run, [before])
        else:
            self._take_in(run, now_ms)
        self._runs.go_on()

    def _take_in(self, run: UnderWay, now_ms: int) -> None:
        shop = webhook_headers.text(run.headers, webhook_headers.SHOP)
        seat = run.held_at
        superfluous: UnderWay | None
        if seat is not None:
            copy = run.copy_at(seat, halts=self.decider.halts)
            member, superfluous = self._sequences.read(shop, copy, now_ms)
        else:
            member = self._sequences.arrive(shop, run.origin, run, now_ms, again=run.redelivered)
            superfluous = run if member is None else None

        if superfluous is not None:
            forget(superfluous)
        if member is not None:
            self._runs.take_up(member, run)

    def _may_begin(self) -> bool:
        return not (self._subscription.is_leaving or self.is_held or self._room.is_closed)

    def _start_anew(self) -> None:
        """Close the channel, once nothing is under way, and open another."""
        self._is_renewed = True
        self._subscription.leave()

    def _has_ended(self, task: asyncio.Task[None]) -> None:
        super()._has_ended(task)
        self._runs.go_on()
        if self._sequences.held or self.limiter.limits.rate:
            # Something may be due sooner than was known. To look costs half as much as an attempt.
            self._woken.set()
