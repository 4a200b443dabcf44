"""Consuming one work queue: every delivery gets a run, in the way in which the queue is worked on.

A run is a task of our own: a lost channel does not cancel the handler in it.
"""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial

from aio_pika.abc import AbstractConnection

from runtime.amqp.tap import Tap
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from schemas.pulse import QueueState
from workers import clock
from workers.broker.allowed import Allowed
from workers.broker.deciding import Decider
from workers.broker.deliveries import Deliveries
from workers.broker.fence import Drained, Fences, is_fence, nobody_told
from workers.broker.queue_settling import QueueSettling
from workers.broker.room import Room
from workers.broker.runs import Runs
from workers.broker.settle import Settle
from workers.broker.under_way import UnderWay
from workers.broker.way import MakeWay
from workers.left_behind import left_behind
from workers.limiter import Limiter
from workers.line import Member


class Intake:
    """One work queue and the consumer that works on it, in a `way` that is made for it.

    `suspect_turn` is held by the one suspect that may run in this process; `limiter` keeps the
    consumer's limits.
    """

    def __init__(
        self,
        queue: WorkQueue,
        settle: Settle,
        suspect_turn: asyncio.Lock,
        limiter: Limiter,
        way: MakeWay,
        drained: Drained = nobody_told,
    ) -> None:
        consumer = limiter.consumer
        self.queue = queue
        self.limiter = limiter
        self.concurrency = consumer.concurrency  # what the consumer itself wants

        self.decider = Decider(queue, consumer, suspect_turn, limiter)
        self._settling = QueueSettling(queue, settle, consumer.concurrency)
        self._allowed = Allowed(consumer.concurrency, is_ours=not queue.is_partition)
        self._room = Room(left_behind(consumer), limiter.turns, self._allowed.handlers)
        self._room.held_as = self._allowed.held_as

        self._runs = Runs(queue, limiter, self.decider, self._settling, self._room)
        self._way = way(self._runs, self._receive)
        self._subscription = self._way.subscription
        self._fences = Fences(drained, lambda: self._subscription.is_leaving)

    @property
    def received(self) -> int:
        """How many deliveries there were so far."""
        return self._runs.received

    @property
    def under_way(self) -> Mapping[asyncio.Task[None], UnderWay]:
        """What is run, or settled, now, by its task."""
        return self._runs.under_way

    @property
    def members(self) -> Iterable[Member[UnderWay]]:
        """All of it that is here and not settled, where an order is kept."""
        return self._way.members

    @property
    def is_consuming(self) -> bool:
        """Whether the broker hands us messages of this queue."""
        return self._subscription.is_active

    @property
    def state(self) -> QueueState:
        """How the worker stands to the queue."""
        state = self._room.state(is_consuming=self.is_consuming)
        return self._way.state if state is QueueState.CONSUMING else state

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
        hold = partial(self._hold, connection, tap)
        await self._way.consume(hold)

    async def _hold(self, connection: AbstractConnection, tap: Tap) -> None:
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
        self._runs.received += 1
        began_ms = clock.now_ms()
        run = UnderWay(self.queue, deliveries, tag, properties, body, began_ms, redelivered)
        if is_fence(properties):
            self._fences.arrived(run, self._way.before_fence())
        else:
            self._way.take(run)
