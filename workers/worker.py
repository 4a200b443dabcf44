"""The worker: runs consumers until told to stop, then drains.

two links (publish, consume)  come back by themselves
upkeep                        declares, then every minute looks that all is there
unrouted watch                adopts what has a queue by now
keep, one a queue             consumes, and begins again whenever the broker ended it
"""

import asyncio
import random
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any

import structlog

from runtime.amqp.link import quietly
from runtime.lifetime import end_tasks
from schemas import headers as names
from workers.broker.intake import Intake
from workers.broker.link import Link
from workers.broker.publisher import Publisher
from workers.broker.settle import Settler
from workers.broker.under_way import UnderWay
from workers.broker.unrouted import UnroutedWatch
from workers.broker.upkeep import Upkeep
from workers.consumer import Consumer
from workers.outcome import Aside
from workers.telemetry import DRAINING

log = structlog.get_logger()

STOP_CONSUMING = 5.0
"""Seconds for the broker to stop handing us messages; a frozen one does not answer."""
LET_GO = 2.0
"""Seconds that a handler has to end after it was cancelled at the end of the drain."""
PUT_BACK = 2.0
"""Seconds for the broker to take back what was cut off; the end of the link gives it the rest."""


class Worker:
    """Runs consumers of one app; each of its queues with the consumer's concurrency."""

    def __init__(
        self,
        app: str,
        urls: Sequence[str],
        consumers: Iterable[Consumer[Any]],
        *,
        confirm_timeout: float,
        drain_timeout: float,
        verify_only: bool,
    ) -> None:
        self._drain_timeout = drain_timeout
        self._publishing = Link(urls, "publish")
        self._consuming = Link(urls, "consume")
        connection = self._publishing.connection
        self._publisher = Publisher(connection, confirm_timeout)
        self._settle = Settler(self._publisher, self._request_check).settle

        suspect_turn = asyncio.Lock()
        self._intakes = [
            Intake(queue, one, self._settle, suspect_turn)
            for one in consumers
            for queue in one.queues(app)
        ]
        queues = [intake.queue for intake in self._intakes]
        self._upkeep = Upkeep(app, queues, connection, self._publisher, verify_only=verify_only)
        self._unrouted = UnroutedWatch(self._upkeep, connection, self._publisher)
        self._draining = asyncio.Event()

    @property
    def queues(self) -> list[str]:
        """The names of its work queues."""
        return [intake.queue.name for intake in self._intakes]

    async def why_not_ready(self) -> str:
        """Say what is missing for readiness; the empty string when nothing is."""
        if self._draining.is_set():
            return "draining"
        if not (self._publishing.is_open and self._consuming.is_open):
            return "no connection to the broker"

        idle = [intake.queue.name for intake in self._intakes if not intake.is_consuming]
        return f"not consuming {', '.join(idle[:5])}" if idle else ""

    async def run(self, stop: asyncio.Event, hurry: asyncio.Event) -> int:
        """Run until `stop` is set, then drain; `hurry` ends the drain at once.

        Returns the number of runs that were cut off. Raises TopologyDiffersError where the broker
        holds another topology at the start, and UnexpectedClientError.
        """
        links = _started([self._publishing.run(), self._consuming.run()])
        works = _started([self._upkeep.keep(), self._unrouted.keep()])
        works += _started(self._keep_consuming(intake) for intake in self._intakes)
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([stopped, *links, *works], return_when=asyncio.FIRST_COMPLETED)
            for task in [*links, *works]:
                if task.done():
                    task.result()
            return await self._drain(hurry)
        finally:
            await end_tasks([stopped, *works])
            await end_tasks(links)

    async def _request_check(self) -> None:
        self._upkeep.request()

    async def _keep_consuming(self, intake: Intake) -> None:
        await self._upkeep.declared.wait()
        while not self._draining.is_set():
            connection = await self._consuming.connection()
            with quietly():
                await intake.consume(connection, self._consuming.tap)
            if self._consuming.is_open:
                log.warning("queue.lost", queue=intake.queue.name)
                self._upkeep.request()
            # So that many workers do not come back at the same moment.
            pause = random.uniform(0.1, 1)  # noqa: S311 - no secret
            await asyncio.sleep(pause)

    async def _drain(self, hurry: asyncio.Event) -> int:
        """Stop consuming, let runs finish until the time is up or `hurry` is set, cut off the rest.

        Returns how many were cut off.
        """
        self._draining.set()
        DRAINING.set(1)
        running = len(self._runs())
        log.info("worker.draining", running=running, timeout=self._drain_timeout)
        deadline = asyncio.get_running_loop().time() + self._drain_timeout

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

    async def _let_finish(self, deadline: float, hurried: asyncio.Task[Any]) -> None:
        """Return when nothing runs any more, at the deadline, or when hurried."""
        loop = asyncio.get_running_loop()
        while not hurried.done():
            runs = self._runs()
            left = deadline - loop.time()
            if not runs or left <= 0:
                return
            await asyncio.wait([hurried, *runs], timeout=left, return_when=asyncio.FIRST_COMPLETED)

    async def _stop_consuming(self) -> None:
        async def stop(intake: Intake) -> None:
            with quietly():
                await intake.stop()

        stops = [stop(intake) for intake in self._intakes]
        await asyncio.gather(*stops)

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

        unsettled = []
        for task, run in runs.items():
            if not task.done() or task.cancelled():
                unsettled.append(run)
        if not unsettled:
            return

        putting_back = _started(self._put_back(run) for run in unsettled)
        await asyncio.wait(putting_back, timeout=PUT_BACK)
        await end_tasks(putting_back)

    async def _put_back(self, run: UnderWay) -> None:
        """Have a webhook come again, with as many crashes as it had.

        Before RabbitMQ 4.3, a message that is given back counts as crashed.
        """
        noted = names.number(run.headers, names.CRASHES)
        with quietly():
            await self._settle(run, Aside(0.0, noted))


def _started(works: Iterable[Coroutine[Any, Any, object]]) -> list[asyncio.Task[object]]:
    return [asyncio.create_task(work) for work in works]
