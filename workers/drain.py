"""Draining: no more is asked for, what runs may finish while there is time, the rest is cut off."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog

from runtime.amqp.link import quietly
from runtime.lifetime import end_tasks
from runtime.telemetry import DRAINING
from workers.broker.intake import Intake
from workers.broker.settle import Settle
from workers.broker.under_way import UnderWay

log = structlog.get_logger()

STOP_CONSUMING = 5.0
"""Seconds for the broker to stop handing us messages; a frozen one does not answer."""
LET_GO = 2.0
"""Seconds that a handler has to end after it was cancelled at the end of the drain."""
PUT_BACK = 2.0
"""Seconds for the broker to take back what was cut off; the end of the link gives it the rest."""


class Drain:
    """The end of these intakes. What runs has `timeout` seconds to finish."""

    def __init__(self, intakes: Sequence[Intake], settle: Settle, timeout: float) -> None:
        self._intakes = intakes
        self._settle = settle
        self._timeout = timeout
        self.has_begun = False

    async def run(self, hurry: asyncio.Event) -> int:
        """Stop consuming, let runs finish until the time is up or `hurry` is set, cut off the rest.

        Returns how many were cut off.
        """
        self.has_begun = True
        DRAINING.set(1)
        running = len(self._runs())
        log.info("worker.draining", running=running, timeout=self._timeout)
        deadline = asyncio.get_running_loop().time() + self._timeout

        hurried = asyncio.create_task(hurry.wait())
        stopping = asyncio.create_task(self._stop_consuming())
        await asyncio.wait(
            [hurried, stopping], timeout=STOP_CONSUMING, return_when=asyncio.FIRST_COMPLETED
        )
        await end_tasks([stopping])

        await self._let_finish(deadline, hurried)
        hurried.cancel()

        unfinished = self._runs()
        if unfinished:
            await self._cut_off(unfinished)
        return len(unfinished)

    async def _stop_consuming(self) -> None:
        stops = [_stop(intake) for intake in self._intakes]
        await asyncio.gather(*stops)

    async def _let_finish(self, deadline: float, hurried: asyncio.Task[Any]) -> None:
        """Return when nothing runs any more, at the deadline, or when hurried."""
        loop = asyncio.get_running_loop()
        while not hurried.done():
            runs = self._runs()
            left = deadline - loop.time()
            if not runs or left <= 0:
                return
            await asyncio.wait([hurried, *runs], timeout=left, return_when=asyncio.FIRST_COMPLETED)

    def _runs(self) -> dict[asyncio.Task[None], UnderWay]:
        runs: dict[asyncio.Task[None], UnderWay] = {}
        for intake in self._intakes:
            runs |= intake.under_way
        return runs

    async def _cut_off(self, runs: dict[asyncio.Task[None], UnderWay]) -> None:
        log.warning("worker.cut_off", running=len(runs))
        for task in runs:
            task.cancel()
        await asyncio.wait(runs, timeout=LET_GO)

        putting_back: list[asyncio.Task[None]] = []
        for task, run in runs.items():
            # Where an order is kept, all goes back as it is when the channel closes.
            is_unsettled = not task.done() or task.cancelled()
            if is_unsettled and not run.queue.ordered:
                one = asyncio.create_task(self._put_back(run))
                putting_back.append(one)
        if not putting_back:
            return

        await asyncio.wait(putting_back, timeout=PUT_BACK)
        await end_tasks(putting_back)

    async def _put_back(self, run: UnderWay) -> None:
        """Have a webhook come again, with as many crashes as it had.

        Before RabbitMQ 4.3, a message that is given back counts as crashed.
        """
        with quietly():
            await self._settle(run, run.put_aside())


async def _stop(intake: Intake) -> None:
    with quietly():
        await intake.stop()
