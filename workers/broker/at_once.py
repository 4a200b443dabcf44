"""Working on each delivery at once: it gets a run, which decides an outcome and settles it.

When the broker hands the same message over again, the run that is busy with it takes the new
delivery as its own; one that was decided already is settled without running again. So a broken link
costs no second run.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import structlog

from runtime.amqp.link import LOST
from schemas.pulse import QueueState
from workers.broker.deciding import Due
from workers.broker.deliveries import Receive
from workers.broker.runs import BROKEN_PAUSE, Runs
from workers.broker.subscription import Subscription
from workers.broker.under_way import UnderWay, is_taken_up
from workers.line import Member

log = structlog.get_logger()


class AtOnce:
    """Works on a queue, or a partition, in which no order is kept."""

    def __init__(self, runs: Runs, receive: Receive) -> None:
        self.state = QueueState.CONSUMING
        self.members: Iterable[Member[UnderWay]] = ()
        self._runs = runs
        self._decider = runs.decider
        self._settling = runs.settling
        self._room = runs.room
        self.subscription = Subscription(
            runs.queue.name,
            runs.room.handlers,
            receive,
            count_received=lambda: runs.received,
            is_busy=lambda: bool(runs.under_way),
            hands_over=runs.queue.is_partition,
        )
        runs.listen(self.subscription.wake_if_leaving)

    def take(self, run: UnderWay) -> None:
        """Begin a run, or go on with the one that is busy with the message already."""
        if run.redelivered and is_taken_up(run, self._runs.under_way.values()):
            return
        self._runs.start(run, self._work(run))

    def before_fence(self) -> Iterable[asyncio.Task[None]]:
        """Return what is under way."""
        return self._runs.under_way

    async def consume(self, hold: Callable[[], Awaitable[None]]) -> None:
        """Consume on one channel."""
        await hold()

    async def _work(self, run: UnderWay) -> None:
        try:
            settling = self._settling
            outcome = settling.owed_for(run) or self._decider.decide(run, settling.unsettled)
            if isinstance(outcome, Due):
                await self._attempt(outcome)
            else:
                await settling.settle_or_remember(run, outcome)
        except Exception:
            # Ours, not the handler's: the message goes back as failed, until the delivery limit.
            log.exception("delivery.broken", queue=self._runs.queue.name)
            await asyncio.sleep(BROKEN_PAUSE)
            with suppress(*LOST):
                await run.send_back()

    async def _attempt(self, due: Due) -> None:
        """Have a delivery attempted once there is room; give it back where there is to be none."""
        try:
            has_room = not self._room.is_full or await self._room.wait()
            if not has_room or self.subscription.is_leaving:
                await self._let_go(due.run)
                return
            with self._room:
                outcome = await self._decider.attempt(due)
        finally:
            self._decider.let_go(due)
        await self._settling.settle_or_remember(due.run, outcome)

    async def _let_go(self, run: UnderWay) -> None:
        """Have what has not begun come again: of a partition, to whoever has it next."""
        if self._runs.queue.is_partition:
            self.subscription.leave()
        else:
            await self._settling.give_back(run)
