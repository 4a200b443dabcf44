"""Settling the runs of one queue; what cannot be settled is owed, and told by the next delivery."""

from contextlib import suppress
from time import time

import structlog

from runtime.amqp.link import LOST
from schemas.names import WorkQueue
from workers.broker.settle import Settle
from workers.broker.telling import TOLD, Follows, Owed
from workers.broker.under_way import UnderWay
from workers.broker.unsettled import Unsettled
from workers.telemetry import OUTLIVED, labels_of

log = structlog.get_logger()


class QueueSettling:
    """Settles runs of a queue of which so many are here at once."""

    def __init__(self, queue: WorkQueue, settle: Settle, at_once: int) -> None:
        self.unsettled: Unsettled[Owed] = Unsettled(at_once, TOLD)
        self.queue = queue
        self._settle = settle
        self._outlived = OUTLIVED.labels(*labels_of(queue))

    def owed_for(self, run: UnderWay) -> Owed | None:
        """Return the outcome of an earlier delivery, where there was one."""
        if not run.redelivered:
            return None

        owed = self.unsettled.take(run.key)
        if owed is not None:
            message_id = run.properties.message_id
            log.info("delivery.settled_late", queue=self.queue.name, message_id=message_id)
        return owed

    async def settle_or_remember(self, run: UnderWay, outcome: Owed) -> Owed | None:
        """Settle the run; where its channel is gone, remember the outcome for the next delivery.

        Returns what is still owed then.
        """
        owed = await self._settle(run, outcome)
        while owed is not None and run.is_ours:
            # It was delivered again meanwhile, to this run.
            owed = await self._settle(run, owed)

        if owed is None:
            self.unsettled.note_ack(run.properties, len(run.body))
        elif not isinstance(owed, Follows):
            self._remember(run, owed)
        return owed

    async def give_back(self, run: UnderWay) -> None:
        """Have what has not begun come again as it is, uncounted.

        Where the broker counts a nack as a failure, a copy goes round by the shortest rung instead.
        """
        if run.deliveries.nack_counts:
            await self.settle_or_remember(run, run.put_aside())
            return
        with suppress(*LOST):
            await run.hand_back()

    def note_lost_channel(self) -> None:
        """Note that the broker takes back what it had handed out."""
        self.unsettled.note_lost_channel(int(time() * 1000))

    def _remember(self, run: UnderWay, owed: Owed) -> None:
        self._outlived.inc()
        message_id = run.properties.message_id
        log.warning("delivery.outlived", queue=self.queue.name, message_id=message_id)
        self.unsettled.owe(run.key, owed)
