"""Consuming one work queue: every delivery gets a run, which decides an outcome and settles it.

A run is a task of our own: a lost channel does not cancel the handler in it. When the broker hands
the same message over again, the run that is busy with it takes the new delivery as its own; one
that was decided already is settled without running again. So a broken link costs no second run.
"""

import asyncio
from contextlib import suppress

import structlog
from aio_pika.abc import AbstractConnection

from runtime.amqp.link import LOST
from runtime.amqp.tap import Tap
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from schemas.pulse import QueueState
from workers import clock
from workers.broker.allowed import Allowed
from workers.broker.deciding import Decider, Due
from workers.broker.deliveries import Deliveries
from workers.broker.fence import Drained, Fences, is_fence, nobody_told
from workers.broker.queue_settling import QueueSettling
from workers.broker.room import Room
from workers.broker.settle import Settle
from workers.broker.subscription import Subscription
from workers.broker.under_way import UnderWay, is_taken_up
from workers.left_behind import left_behind
from workers.limiter import Limiter
from workers.telemetry import RUNNING, labels_of

log = structlog.get_logger()

BROKEN_PAUSE = 1.0
"""Seconds before a message that we ourselves could not deal with goes back."""


class Intake:
    """One work queue and the consumer that works on it.

    `suspect_turn` is held by the one suspect that may run in this process; `limiter` keeps the
    consumer's limits.
    """

    def __init__(
        self,
        queue: WorkQueue,
        settle: Settle,
        suspect_turn: asyncio.Lock,
        limiter: Limiter,
        drained: Drained = nobody_told,
    ) -> None:
        consumer = limiter.consumer
        self.queue = queue
        self.limiter = limiter
        self.concurrency = consumer.concurrency  # what the consumer itself wants
        self.under_way: dict[asyncio.Task[None], UnderWay] = {}

        self.decider = Decider(queue, consumer, suspect_turn, limiter)
        self._settling = QueueSettling(queue, settle, consumer.concurrency)
        self._allowed = Allowed(consumer.concurrency, is_ours=not queue.is_partition)
        self._room = Room(left_behind(consumer), limiter.turns, self._allowed.handlers)
        self._room.held_as = self._allowed.held_as
        self.received = 0  # deliveries so far
        self._subscription = self._subscribe()
        self._fences = Fences(drained, lambda: self._subscription.is_leaving)
        running = RUNNING.labels(*labels_of(queue))
        running.set_function(lambda: len(self.under_way))

    def _subscribe(self) -> Subscription:
        return Subscription(
            self.queue.name,
            self._allowed.handlers,
            self._receive,
            count_received=lambda: self.received,
            is_busy=lambda: bool(self.under_way),
            hands_over=self.queue.is_partition,
        )

    @property
    def is_consuming(self) -> bool:
        """Whether the broker hands us messages of this queue."""
        return self._subscription.is_active

    @property
    def state(self) -> QueueState:
        """How the worker stands to the queue."""
        return self._room.state(is_consuming=self.is_consuming)

    @property
    def is_held(self) -> bool:
        """Whether we take nothing because nothing is allowed."""
        return not self._room.handlers

    def allow(self, handlers: int, held_as: QueueState = QueueState.PAUSED) -> None:
        """Run at most so many at once from now on; with 0, take nothing, and say `held_as` of it.

        What runs ends. What has not begun goes back where nothing is allowed.
        """
        self._allowed.order(handlers, held_as)
        self._adjust()

    def take(self, *, is_ours: bool) -> None:
        """Take from it from now on, or leave it to another worker once what runs has ended."""
        self._allowed.own(is_ours=is_ours)
        self._adjust()

    async def until_wanted(self) -> None:
        """Return when there is a reason to consume: of a partition, that something may be taken."""
        if self.queue.is_partition:
            await self._allowed.until_some()

    def _adjust(self) -> None:
        self._room.held_as = self._allowed.held_as
        handlers = self._allowed.handlers
        if handlers == self._room.handlers:
            return

        self._settling.unsettled.remember_acks(len(self.under_way) + handlers)
        self._subscription.want(handlers)
        self._room.allow(handlers)

    async def consume(self, connection: AbstractConnection, tap: Tap) -> None:
        """Consume until the broker ends it: channel or connection are lost, or the queue is."""
        try:
            await self._subscription.hold(connection, tap)
        finally:
            if self._subscription.was_served:
                self._subscription.was_served = False
                self._settling.note_lost_channel()

    async def stop(self) -> None:
        """Ask for no more messages; what is under way can still be settled."""
        try:
            await self._subscription.cancel()
        finally:
            self._room.close()

    def _receive(
        self,
        deliveries: Deliveries,
        tag: int,
        redelivered: bool,  # noqa: FBT001 - as `Receive` has it
        properties: ReceivedProperties,
        body: bytes,
    ) -> None:
        self.received += 1
        began_ms = clock.now_ms()
        run = UnderWay(self.queue, deliveries, tag, properties, body, began_ms, redelivered)
        if is_fence(properties):
            self._fences.arrived(run, self.under_way)
            return
        if redelivered and is_taken_up(run, self.under_way.values()):
            return

        task = asyncio.create_task(self._work(run))
        self.under_way[task] = run
        task.add_done_callback(self._has_ended)

    def _has_ended(self, task: asyncio.Task[None]) -> None:
        self.under_way.pop(task)
        self._subscription.wake_if_leaving()

    async def _work(self, run: UnderWay) -> None:
        try:
            settling = self._settling
            outcome = settling.owed_for(run) or self.decider.decide(run, settling.unsettled)
            if isinstance(outcome, Due):
                await self._attempt(outcome)
            else:
                await self._settling.settle_or_remember(run, outcome)
        except Exception:
            # Ours, not the handler's: the message goes back as failed, until the delivery limit.
            log.exception("delivery.broken", queue=self.queue.name)
            await asyncio.sleep(BROKEN_PAUSE)
            with suppress(*LOST):
                await run.send_back()

    async def _attempt(self, due: Due) -> None:
        """Have a delivery attempted once there is room; give it back where there is to be none."""
        try:
            has_room = not self._room.is_full or await self._room.wait()
            if not has_room or self._subscription.is_leaving:
                await self._let_go(due.run)
                return
            with self._room:
                outcome = await self.decider.attempt(due)
        finally:
            self.decider.let_go(due)
        await self._settling.settle_or_remember(due.run, outcome)

    async def _let_go(self, run: UnderWay) -> None:
        """Have what has not begun come again: of a partition, to whoever has it next."""
        if self.queue.is_partition:
            self._subscription.leave()
        else:
            await self._settling.give_back(run)
