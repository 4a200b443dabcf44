"""Consuming one work queue: every delivery becomes a run, which decides an outcome and has it settled.

A run is a task of our own: a lost channel does not cancel the handler in it. When the broker hands the same message
over again, the run that is still busy with it takes the new delivery as its own; one that was decided already is
settled without running again. So a broken link costs no second run in this process.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from time import time
from typing import Any, cast

import structlog
from aio_pika.abc import AbstractConnection
from aiormq import Channel, spec
from aiormq.abc import DeliveredMessage
from aiormq.exceptions import AMQPError

from schemas import headers as names
from schemas.dead_letter import Reason
from schemas.topology import WorkQueue
from schemas.webhook import Malformed, Webhook
from workers.attempt import Again, Dead, Outcome, attempt
from workers.broker.declare import channel_of
from workers.consumer import Consumer
from workers.telemetry import AGE, OUTLIVED, RUNNING, SECONDS

log = structlog.get_logger()

LOST = (AMQPError, OSError, RuntimeError, TimeoutError)
"""What the client raises when a channel or a connection is gone: the broker delivers again what was not settled."""

BROKEN_PAUSE = 1.0
"""Seconds before a message that we ourselves could not deal with goes back."""
OWED = 10_000
"""Outcomes remembered, at most, of deliveries whose channel went away before they could be settled."""


@dataclass(slots=True)
class Run:
    """A delivery on its way to an outcome. `channel` and `tag` change when the broker delivers the message again."""

    queue: WorkQueue
    channel: Channel
    tag: int
    properties: spec.Basic.Properties
    body: bytes
    started_ms: int

    @property
    def is_ours(self) -> bool:
        """Whether it can still be settled: else the broker has taken it back and delivers it again."""
        return not self.channel.is_closed

    @property
    def headers(self) -> dict[str, Any]:
        """The message's headers, whatever types they have."""
        return self.properties.headers or {}

    @property
    def number(self) -> int:
        """The attempt's number, from 1."""
        return max(1, names.number(self.headers, names.ATTEMPT, 1))

    @property
    def first_ms(self) -> int:
        """When the first attempt began."""
        return min(names.number(self.headers, names.FIRST) or self.started_ms, self.started_ms)

    def ack(self) -> Awaitable[None]:
        """Tell the broker that it may forget the message."""
        return self.channel.basic_ack(self.tag, wait=False)

    def hand_back(self) -> Awaitable[None]:
        """Give it back unharmed: from RabbitMQ 4.3 on, a nack does not count towards the delivery limit."""
        return self.channel.basic_nack(self.tag, requeue=True, wait=False)


Settle = Callable[[Run, Outcome], Awaitable[Outcome | None]]
"""Acts on an outcome. Returns None when settled, else what is still owed when the message is delivered again."""


class Intake:
    """One work queue and the consumer that works on it."""

    def __init__(self, queue: WorkQueue, consumer: Consumer[Any], settle: Settle) -> None:
        self.queue, self.consumer, self._settle = queue, consumer, settle
        self.runs: dict[asyncio.Task[None], Run] = {}
        self._busy: dict[str, Run] = {}
        self._owed: OrderedDict[str, Outcome] = OrderedDict()
        self._channel: Channel | None = None
        self._tag: str | None = None
        labels = (consumer.name, queue.topic)
        self._outlived, self._seconds, self._age = (
            OUTLIVED.labels(*labels),
            SECONDS.labels(*labels),
            AGE.labels(*labels),
        )
        RUNNING.labels(*labels).set_function(lambda: len(self.runs))

    @property
    def is_consuming(self) -> bool:
        """Whether the broker hands us messages of this queue."""
        return self._tag is not None

    async def consume(self, connection: AbstractConnection) -> None:
        """Consume until the broker ends it: the channel or the connection is lost, or the queue is deleted."""
        async with channel_of(connection) as channel:
            ended = asyncio.Event()
            channel.closing.add_done_callback(lambda _: ended.set())
            channel.on_consumer_cancel_callbacks.add(lambda _: ended.set())
            await channel.basic_qos(prefetch_count=self.consumer.concurrency)
            consuming = await channel.basic_consume(self.queue.name, self._receive)
            self._channel, self._tag = channel, consuming.consumer_tag
            try:
                await ended.wait()
            finally:
                self._channel = self._tag = None

    async def stop(self) -> None:
        """Ask for no more messages; the channel stays open for settling what is here."""
        if self._channel is not None and self._tag is not None:
            await self._channel.basic_cancel(self._tag, timeout=5)

    async def _receive(self, message: DeliveredMessage) -> None:
        properties, now_ms = message.header.properties, int(time() * 1000)
        run = Run(
            self.queue, cast("Channel", message.channel), message.delivery_tag or 0, properties, message.body, now_ms
        )
        busy = self._busy.get(properties.message_id or "")
        if busy is not None and not busy.is_ours:
            busy.channel, busy.tag = run.channel, run.tag
            return
        task = asyncio.create_task(self._work(run, properties.message_id or ""))
        self.runs[task] = run
        task.add_done_callback(self.runs.pop)

    async def _work(self, run: Run, message_id: str) -> None:
        if message_id:
            self._busy[message_id] = run
        try:
            outcome = self._owed.pop(message_id, None) or await self._decide(run)
            while (owed := await self._settle(run, outcome)) is not None and run.is_ours:
                outcome = owed
            if owed is not None:
                self._remember(message_id, owed)
        except Exception:
            # Ours, not the handler's: give the message back as failed, so that the delivery limit ends the matter.
            log.exception("delivery.broken", queue=self.queue.name)
            await asyncio.sleep(BROKEN_PAUSE)
            with suppress(*LOST):
                await run.channel.basic_reject(run.tag, requeue=True, wait=False)
        finally:
            self._busy.pop(message_id, None)

    def _remember(self, message_id: str, owed: Outcome) -> None:
        self._outlived.inc()
        log.warning("delivery.outlived", queue=self.queue.name, message_id=message_id)
        if message_id:
            self._owed[message_id] = owed
            if len(self._owed) > OWED:
                self._owed.popitem(last=False)

    async def _decide(self, run: Run) -> Outcome:
        wait_ms = names.number(run.headers, names.DUE) - run.started_ms
        if wait_ms > 0:
            return Again(wait_ms / 1000, "")
        try:
            webhook = Webhook.of(run.properties, run.body)
        except Malformed as error:
            return Dead(Reason.MALFORMED, str(error))
        if run.number == 1:
            self._age.observe(max(0, run.started_ms - webhook.received_ms) / 1000)
        with self._seconds.time():
            return await attempt(self.consumer, webhook, run.number, run.first_ms)
