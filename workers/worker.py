"""The worker: runs consumers until told to stop, then drains.

two links (publish, consume)  come back by themselves
upkeep                        declares, then every minute looks that all is there
unrouted watch                adopts what has a queue by now
keep, one a queue             consumes, and begins again whenever the broker ended it
"""

import asyncio
import random
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from runtime.amqp.link import quietly
from runtime.lifetime import ended
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
"""Seconds for the broker to stop handing us messages, when it is told so; a frozen one does not
answer.
"""
CUT_OFF = 2.0
"""Seconds that a handler has to let go when the drain's time is up."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a worker behaves towards the broker; seconds."""

    confirm_timeout: float = 4.0
    drain_timeout: float = 25.0
    verify_only: bool = False


class Worker:
    """Runs consumers of one app; each of its queues with the consumer's concurrency."""

    def __init__(
        self, app: str, urls: Sequence[str], consumers: Iterable[Consumer[Any]], policy: Policy
    ) -> None:
        self._publishing = Link(urls, "publish")
        self._consuming = Link(urls, "consume")
        self._publisher = Publisher(self._publishing.connection, policy.confirm_timeout)
        self._settle = Settler(self._publisher, self._mend).settle
        alone = asyncio.Lock()
        self._intakes = [
            Intake(queue, one, self._settle, alone)
            for one in consumers
            for queue in one.queues(app)
        ]
        self._policy = policy
        connection = self._publishing.connection
        queues = [intake.queue for intake in self._intakes]
        self._upkeep = Upkeep(
            app, queues, connection, self._publisher, verify_only=policy.verify_only
        )
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
        works: list[Coroutine[Any, Any, object]] = [
            self._publishing.run(),
            self._consuming.run(),
            self._upkeep.keep(),
            self._unrouted.keep(),
        ]
        works += [self._keep(intake) for intake in self._intakes]
        tasks = [asyncio.create_task(work) for work in works]
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
            return await self._drain(hurry)
        finally:
            await ended([stopped, *tasks[2:]])  # what stands on the links first
            await ended(tasks[:2])

    async def _mend(self) -> None:
        self._upkeep.request()

    async def _keep(self, intake: Intake) -> None:
        await self._upkeep.declared.wait()
        while not self._draining.is_set():
            connection = await self._consuming.connection()
            with quietly():
                await intake.consume(connection, self._consuming.tap)
            if self._consuming.is_open:
                log.warning("queue.lost", queue=intake.queue.name)
                self._upkeep.request()
            await asyncio.sleep(random.uniform(0.1, 1))  # noqa: S311 - jitter: a reconnect of many workers spreads out

    async def _drain(self, hurry: asyncio.Event) -> int:
        """Stop consuming, let runs finish, cut off and hand back the rest; return how many those
        were.
        """
        self._draining.set()
        DRAINING.set(1)
        log.info("worker.draining", running=len(self._runs()), timeout=self._policy.drain_timeout)
        deadline = asyncio.get_running_loop().time() + self._policy.drain_timeout
        hurried = asyncio.create_task(hurry.wait())
        stopping = asyncio.create_task(self._stop_consuming())
        await asyncio.wait(
            [hurried, stopping], timeout=STOP_CONSUMING, return_when=asyncio.FIRST_COMPLETED
        )
        await ended([stopping])
        while (
            (runs := self._runs())
            and not hurried.done()
            and (left := deadline - asyncio.get_running_loop().time()) > 0
        ):
            await asyncio.wait([hurried, *runs], timeout=left, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        if cut_off := self._runs():
            await self._cut_off(cut_off)
        return len(cut_off)

    async def _stop_consuming(self) -> None:
        async def stop(intake: Intake) -> None:
            with quietly():
                await intake.stop()

        await asyncio.gather(*map(stop, self._intakes))

    def _runs(self) -> dict[asyncio.Task[None], Any]:
        return {task: run for intake in self._intakes for task, run in intake.under_way.items()}

    async def _cut_off(self, runs: dict[asyncio.Task[None], Any]) -> None:
        log.warning("worker.cut_off", running=len(runs))
        for task in runs:
            task.cancel()
        await asyncio.wait(runs, timeout=CUT_OFF)
        left = [run for task, run in runs.items() if not task.done() or task.cancelled()]
        if not left:
            return

        putting_back = [asyncio.create_task(self._put_back(run)) for run in left]
        await asyncio.wait(
            putting_back, timeout=CUT_OFF
        )  # a frozen broker takes nothing; the end of the link does
        await ended(putting_back)

    async def _put_back(self, run: UnderWay) -> None:
        """Have a webhook come again as it was. Given back as it is, it would count as crashed
        before RabbitMQ 4.3: what five deploys cut off would be dead.
        """
        noted = names.number(run.headers, names.CRASHES)
        with quietly():
            await self._settle(run, Aside(0.0, noted))
