"""Consuming one work queue: every delivery becomes a run, which decides an outcome and has it
settled.

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
from aiormq import Channel
from aiormq.abc import DeliveredMessage

from runtime.amqp.channels import channel_of
from runtime.amqp.link import LOST
from runtime.amqp.properties import ReceivedProperties
from runtime.amqp.tap import Tap
from runtime.waiting import set_or_later
from schemas.names import WorkQueue
from workers.broker.deciding import Deciding
from workers.broker.deliveries import Deliveries
from workers.broker.settle import Settle
from workers.broker.telling import TOLD, Owed
from workers.broker.under_way import UnderWay
from workers.broker.unsettled import Unsettled
from workers.consumer import Consumer
from workers.left_behind import left_behind
from workers.telemetry import OUTLIVED, RUNNING

log = structlog.get_logger()

STUCK_CHECK_EVERY = 10.0
"""Seconds between two checks whether the broker still gives us what there is."""
BROKEN_PAUSE = 1.0
"""Seconds before a message that we ourselves could not deal with goes back."""


async def _unused_callback(_: DeliveredMessage) -> None:
    """Do nothing: the library demands a callback, but the tap takes deliveries before it."""


class Intake:
    """One work queue and the consumer that works on it.

    `suspect_turn` is held by the one suspect that may run in this process.
    """

    def __init__(
        self, queue: WorkQueue, consumer: Consumer[Any], settle: Settle, suspect_turn: asyncio.Lock
    ) -> None:
        self.queue = queue
        self.consumer = consumer
        self._settle = settle
        self._deciding = Deciding(queue, consumer, suspect_turn)
        self.runs: dict[asyncio.Task[None], UnderWay] = {}
        self._unsettled: Unsettled[Owed] = Unsettled(consumer.concurrency, TOLD)
        self._received = 0
        self._left_behind = left_behind(consumer)
        self._stopped = False
        self._channel: Channel | None = None
        self._tag: str | None = None
        self._is_handed_out = False
        """Whether the broker may have handed messages out on a channel of ours, read or not."""
        self._outlived = OUTLIVED.labels(consumer.name, queue.topic)
        RUNNING.labels(consumer.name, queue.topic).set_function(lambda: len(self.runs))

    @property
    def is_consuming(self) -> bool:
        """Whether the broker hands us messages of this queue."""
        return self._tag is not None

    async def consume(self, connection: AbstractConnection, tap: Tap) -> None:
        """Consume until the broker ends it: the channel or the connection is lost, or the queue is
        deleted.
        """
        try:
            await self._consume(connection, tap)
        finally:
            if self._is_handed_out:
                self._is_handed_out = False
                self._unsettled.lost(int(time() * 1000))

    async def _consume(self, connection: AbstractConnection, tap: Tap) -> None:
        async with channel_of(connection) as channel:
            ended = asyncio.Event()
            channel.closing.add_done_callback(lambda _: ended.set())
            channel.on_consumer_cancel_callbacks.add(lambda _: ended.set())
            await channel.basic_qos(prefetch_count=self.consumer.concurrency)
            deliveries = Deliveries(tap, channel, self._receive)
            try:
                consuming = await channel.basic_consume(self.queue.name, _unused_callback)
                self._channel = channel
                self._tag = consuming.consumer_tag
                self._is_handed_out = True
                await self._until_ended_or_stuck(ended, channel)
            finally:
                self._channel = None
                self._tag = None
                deliveries.close()

    async def _until_ended_or_stuck(self, ended: asyncio.Event, channel: Channel) -> None:
        """Return when the broker has ended it, or when it gives us nothing though there is
        something.

        On 3.10 a consumer that subscribed while its queue's leader died gets nothing for good, and
        is told nothing.
        """
        while not ended.is_set():
            received_before = self._received
            await set_or_later(ended, STUCK_CHECK_EVERY)
            if not ended.is_set() and await self._is_stuck(channel, received_before):
                log.warning("queue.stuck", queue=self.queue.name)
                return

    async def _is_stuck(self, channel: Channel, received_before: int) -> bool:
        """Tell whether messages are ready, none came since so many had, and nothing is under way
        here.
        """
        if self._has_moved_since(received_before):
            return False

        name = self.queue.name
        found = await channel.queue_declare(name, passive=True, timeout=STUCK_CHECK_EVERY)
        return bool(found.message_count) and not self._has_moved_since(received_before)

    def _has_moved_since(self, received_before: int) -> bool:
        """Tell whether something is under way, or came since so many had been received."""
        return bool(self.runs) or self._received > received_before

    async def stop(self) -> None:
        """Ask for no more messages; the channel stays open for settling what is here."""
        try:
            if self._channel is not None and self._tag is not None:
                await self._channel.basic_cancel(self._tag, timeout=5)
        finally:
            self._stopped = True
            self._left_behind.wake()

    def _receive(
        self,
        deliveries: Deliveries,
        tag: int,
        redelivered: bool,  # noqa: FBT001
        properties: ReceivedProperties,
        body: bytes,
    ) -> None:
        self._received += 1
        now_ms = int(time() * 1000)
        run = UnderWay(self.queue, deliveries, tag, properties, body, now_ms, redelivered)
        if redelivered and self._is_taken_up(run):
            return

        task = asyncio.create_task(self._work(run))
        self.runs[task] = run
        task.add_done_callback(self.runs.pop)

    def _is_taken_up(self, again: UnderWay) -> bool:
        """Let the run that is busy with this message, if any, go on with the new delivery."""
        for run in self.runs.values():
            if not run.is_ours and run.key == again.key and run.body == again.body:
                run.deliveries = again.deliveries
                run.tag = again.tag
                return True
        return False

    async def _work(self, run: UnderWay) -> None:
        try:
            known = self._owed_for(run)
            if known is None and self._left_behind.is_full and not await self._has_room():
                with suppress(*LOST):
                    await run.hand_back()
                return
            outcome = known or await self._deciding.outcome(run, self._unsettled)
            while True:
                owed = await self._settle(run, outcome)
                if owed is None:
                    self._unsettled.acked(run.properties, len(run.body))
                    return
                if not run.is_ours:
                    self._remember(run, owed)
                    return
                outcome = owed  # it was delivered again meanwhile, to this run
        except Exception:
            # Ours, not the handler's: give the message back as failed, so that the delivery limit
            # ends the matter.
            log.exception("delivery.broken", queue=self.queue.name)
            await asyncio.sleep(BROKEN_PAUSE)
            with suppress(*LOST):
                await run.send_back()

    async def _has_room(self) -> bool:
        """Wait while too many of the consumer's handlers hang; tell whether the run may begin, or
        goes back.

        It keeps its place in the prefetch meanwhile, so the broker gives us no more than that.
        """
        while self._left_behind.is_full:
            if self._stopped:
                return False
            await self._left_behind.change()
        return True

    def _owed_for(self, run: UnderWay) -> Owed | None:
        """Return the outcome of an earlier delivery. A message that was never delivered before has
        none.
        """
        owed = self._unsettled.take(run.key) if run.redelivered else None
        if owed is not None:
            log.info(
                "delivery.settled_late", queue=self.queue.name, message_id=run.properties.message_id
            )
        return owed

    def _remember(self, run: UnderWay, owed: Owed) -> None:
        self._outlived.inc()
        log.warning(
            "delivery.outlived", queue=self.queue.name, message_id=run.properties.message_id
        )
        self._unsettled.owe(run.key, owed)
