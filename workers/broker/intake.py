"""Consuming one work queue: every delivery becomes a run, which decides an outcome and has it settled.

A run is a task of our own: a lost channel does not cancel the handler in it. When the broker hands the same message
over again, the run that is still busy with it takes the new delivery as its own; one that was decided already is
settled without running again. So a broken link costs no second run in this process.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, suppress
from time import time
from typing import Any

import structlog
from aio_pika.abc import AbstractConnection
from aiormq import Channel
from aiormq.abc import DeliveredMessage

from runtime.amqp.declare import channel_of
from runtime.amqp.tap import Tap
from schemas.dead_letter import Reason
from schemas.description import Description
from schemas.topology import WorkQueue
from schemas.webhook import Malformed, Webhook
from workers.attempt import Again, Aside, Dead, Outcome, attempt
from workers.broker.deliveries import Deliveries
from workers.broker.run import LOST, Run
from workers.consumer import Consumer
from workers.crash import LIMIT, SUSPECT, crashes, pause, returns
from workers.telemetry import AGE, OUTLIVED, RUNNING, SECONDS

log = structlog.get_logger()

LOOK = 10.0
"""Seconds between two looks whether the broker still gives us what there is."""
BROKEN_PAUSE = 1.0
"""Seconds before a message that we ourselves could not deal with goes back."""
OWED = 10_000
"""Outcomes remembered, at most, of deliveries whose channel went away before they could be settled."""


async def _elsewhere(_: DeliveredMessage) -> None:
    """Stand where the library wants a callback: deliveries are taken before it sees them."""


Settle = Callable[[Run, Outcome], Awaitable[Outcome | None]]
"""Acts on an outcome. Returns None when settled, else what is still owed when the message is delivered again."""


class Intake:
    """One work queue and the consumer that works on it. `alone` is held by the suspect that runs in this process."""

    def __init__(self, queue: WorkQueue, consumer: Consumer[Any], settle: Settle, alone: asyncio.Lock) -> None:
        self.queue, self.consumer, self._settle, self._alone = queue, consumer, settle, alone
        self.runs: dict[asyncio.Task[None], Run] = {}
        self._busy: dict[str, Run] = {}
        self._owed: OrderedDict[str, Outcome] = OrderedDict()
        self._came = 0
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

    async def consume(self, connection: AbstractConnection, tap: Tap) -> None:
        """Consume until the broker ends it: the channel or the connection is lost, or the queue is deleted."""
        async with channel_of(connection) as channel:
            ended = asyncio.Event()
            channel.closing.add_done_callback(lambda _: ended.set())
            channel.on_consumer_cancel_callbacks.add(lambda _: ended.set())
            await channel.basic_qos(prefetch_count=self.consumer.concurrency)
            deliveries = Deliveries(tap, channel, self._receive)
            try:
                consuming = await channel.basic_consume(self.queue.name, _elsewhere)
                self._channel, self._tag = channel, consuming.consumer_tag
                await self._until(ended, channel)
            finally:
                self._channel = self._tag = None
                deliveries.close()

    async def _until(self, ended: asyncio.Event, channel: Channel) -> None:
        """Return when the broker has ended it, or when it gives us nothing though there is something.

        On 3.10 a consumer that subscribed while its queue's leader died gets nothing for good, and is told nothing.
        """
        while not ended.is_set():
            came = self._came
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await ended.wait()
            if not ended.is_set() and await self._is_stuck(channel, came):
                log.warning("queue.stuck", queue=self.queue.name)
                return

    async def _is_stuck(self, channel: Channel, came: int) -> bool:
        """Tell whether messages are ready, none came since so many had, and nothing is under way here."""
        if self.runs or self._came > came:
            return False
        ready = (await channel.queue_declare(self.queue.name, passive=True, timeout=LOOK)).message_count
        return bool(ready) and not self.runs and self._came == came

    async def stop(self) -> None:
        """Ask for no more messages; the channel stays open for settling what is here."""
        if self._channel is not None and self._tag is not None:
            await self._channel.basic_cancel(self._tag, timeout=5)

    def _receive(self, channel: Deliveries, tag: int, properties: Description, body: bytes) -> None:
        self._came += 1
        run = Run(self.queue, channel, tag, properties, body, int(time() * 1000))
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
                await run.send_back()
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
        try:
            webhook = Webhook.of(run.properties, run.body)
        except Malformed as error:
            return Dead(Reason.MALFORMED, str(error))
        if run.early_ms:
            return Again(run.early_ms / 1000, "")
        count = crashes(run.headers)
        if count >= LIMIT:
            return Dead(Reason.CRASHED, f"its worker died under it {count} times")
        if count >= SUSPECT and (returns(run.headers) or self._alone.locked()):
            return Aside(pause(count), count)
        async with self._alone if count >= SUSPECT else nullcontext():
            return await self._attempt(run, webhook)

    async def _attempt(self, run: Run, webhook: Webhook) -> Outcome:
        if run.number == 1:
            self._age.observe(max(0, run.started_ms - webhook.received_ms) / 1000)
        with self._seconds.time():
            return await attempt(self.consumer, webhook, run.number, run.first_ms)
