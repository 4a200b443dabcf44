"""Consuming one work queue: every delivery gets a run, which decides an outcome and settles it.

A run is a task of our own: a lost channel does not cancel the handler in it. When the broker hands
the same message over again, the run that is still busy with it takes the new delivery as its own;
one that was decided already is settled without running again. So a broken link costs no second run
in this process.
"""

import asyncio
from contextlib import suppress
from time import time
from typing import Any

import structlog
from aio_pika.abc import AbstractConnection

from runtime.amqp.link import LOST
from runtime.amqp.tap import Tap
from schemas import headers as webhook_headers
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from schemas.pulse import State
from workers.broker.deciding import Decider
from workers.broker.deliveries import Deliveries
from workers.broker.room import Room
from workers.broker.settle import Settle
from workers.broker.subscription import Subscription
from workers.broker.telling import TOLD, Owed
from workers.broker.under_way import UnderWay
from workers.broker.unsettled import Unsettled
from workers.consumer import Consumer
from workers.left_behind import left_behind
from workers.outcome import Aside
from workers.telemetry import OUTLIVED, RUNNING, labels_of

log = structlog.get_logger()

BROKEN_PAUSE = 1.0
"""Seconds before a message that we ourselves could not deal with goes back."""


class Intake:
    """One work queue and the consumer that works on it.

    `suspect_turn` is held by the one suspect that may run in this process.
    """

    def __init__(
        self, queue: WorkQueue, consumer: Consumer[Any], settle: Settle, suspect_turn: asyncio.Lock
    ) -> None:
        self.queue = queue
        self.concurrency = consumer.concurrency  # what the consumer itself wants
        self.under_way: dict[asyncio.Task[None], UnderWay] = {}

        self._settle = settle
        self.decider = Decider(queue, consumer, suspect_turn)
        self._unsettled: Unsettled[Owed] = Unsettled(consumer.concurrency, TOLD)
        self._room = Room(left_behind(consumer), consumer.concurrency)
        self.received = 0  # deliveries so far
        self._subscription = Subscription(
            queue.name,
            consumer.concurrency,
            self._receive,
            count_received=lambda: self.received,
            is_busy=lambda: bool(self.under_way),
        )

        labels = labels_of(queue)
        self._outlived = OUTLIVED.labels(*labels)
        running = RUNNING.labels(*labels)
        running.set_function(lambda: len(self.under_way))

    @property
    def is_consuming(self) -> bool:
        """Whether the broker hands us messages of this queue."""
        return self._subscription.is_active

    @property
    def state(self) -> State:
        """How the worker stands to the queue."""
        return self._room.state(is_consuming=self.is_consuming)

    @property
    def is_held(self) -> bool:
        """Whether we take nothing because nothing is allowed."""
        return not self._room.handlers

    def allow(self, handlers: int) -> None:
        """Run at most so many at once from now on; with 0, take nothing.

        What runs ends. What has not begun goes back where nothing is allowed.
        """
        if handlers == self._room.handlers:
            return

        self._unsettled.remember_acks(len(self.under_way) + handlers)
        self._subscription.want(handlers)
        self._room.allow(handlers)

    async def consume(self, connection: AbstractConnection, tap: Tap) -> None:
        """Consume until the broker ends it: channel or connection are lost, or the queue is."""
        try:
            await self._subscription.hold(connection, tap)
        finally:
            if self._subscription.was_served:
                self._subscription.was_served = False
                self._unsettled.note_lost_channel(int(time() * 1000))

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
        now_ms = int(time() * 1000)
        run = UnderWay(self.queue, deliveries, tag, properties, body, now_ms, redelivered)
        if redelivered and self._is_taken_up(run):
            return

        task = asyncio.create_task(self._work(run))
        self.under_way[task] = run
        task.add_done_callback(self.under_way.pop)

    def _is_taken_up(self, again: UnderWay) -> bool:
        """Let the run that is busy with this message, if any, go on with the new delivery."""
        for run in self.under_way.values():
            if not run.is_ours and run.key == again.key and run.body == again.body:
                run.deliveries = again.deliveries
                run.tag = again.tag
                return True
        return False

    async def _work(self, run: UnderWay) -> None:
        try:
            known = self._owed_for(run)
            if known is None and self._room.is_full and not await self._room.wait():
                await self._give_back(run)
                return

            with self._room:
                outcome = known or await self.decider.decide_or_run(run, self._unsettled)
            await self._settle_or_remember(run, outcome)
        except Exception:
            # Ours, not the handler's: the message goes back as failed, until the delivery limit.
            log.exception("delivery.broken", queue=self.queue.name)
            await asyncio.sleep(BROKEN_PAUSE)
            with suppress(*LOST):
                await run.send_back()

    async def _settle_or_remember(self, run: UnderWay, outcome: Owed) -> None:
        """Settle the run; where its channel is gone, remember the outcome for the next delivery."""
        owed = await self._settle(run, outcome)
        while owed is not None and run.is_ours:
            # It was delivered again meanwhile, to this run.
            owed = await self._settle(run, owed)

        if owed is None:
            self._unsettled.note_ack(run.properties, len(run.body))
        else:
            self._remember(run, owed)

    async def _give_back(self, run: UnderWay) -> None:
        """Have what has not begun come again as it is, uncounted.

        Where the broker counts a nack as a failure, a copy goes round by the shortest rung instead.
        """
        if run.deliveries.nack_counts:
            noted = webhook_headers.number(run.headers, webhook_headers.CRASHES)
            await self._settle_or_remember(run, Aside(0.0, noted))
            return
        with suppress(*LOST):
            await run.hand_back()

    def _owed_for(self, run: UnderWay) -> Owed | None:
        """Return the outcome of an earlier delivery, where there was one."""
        if not run.redelivered:
            return None

        owed = self._unsettled.take(run.key)
        if owed is not None:
            message_id = run.properties.message_id
            log.info("delivery.settled_late", queue=self.queue.name, message_id=message_id)
        return owed

    def _remember(self, run: UnderWay, owed: Owed) -> None:
        self._outlived.inc()
        message_id = run.properties.message_id
        log.warning("delivery.outlived", queue=self.queue.name, message_id=message_id)
        self._unsettled.owe(run.key, owed)
