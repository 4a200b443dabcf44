"""The worker: runs consumers until told to stop, then drains.

two links (publish, consume) ─ come back by themselves
tend ─ declares, then every minute, or when unrouted grows, looks that all is there, and adopts what became routable
keep ─ one a queue: consumes, and begins again whenever the broker ended it
"""

import asyncio
import random
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from runtime.amqp.link import LOST, losses, quietly
from runtime.lifetime import ended
from schemas.topology import topology
from workers.broker import browse
from workers.broker.declare import TopologyDiffersError, declare, verify
from workers.broker.intake import Intake
from workers.broker.link import Link
from workers.broker.publisher import NotPublished, Publisher
from workers.broker.settle import Settler
from workers.consumer import Consumer
from workers.telemetry import DRAINING, UNROUTED

log = structlog.get_logger()

TEND = 60.0
"""Seconds between two looks at the topology: AMQP tells nobody of a deleted exchange or binding."""
PEEK = 5.0
"""Seconds between two counts of what lies unrouted: its growth is how a lost binding shows."""
WINDOW = 5_000
"""Unrouted messages of others' topics that a look holds while it searches behind them, after the first full search."""
PAUSE = 1.0
"""Seconds between two looks at least, however much is missing."""
STOP_CONSUMING = 5.0
"""Seconds for the broker to stop handing us messages, when it is told so; a frozen one does not answer."""
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

    def __init__(self, app: str, urls: Sequence[str], consumers: Iterable[Consumer[Any]], policy: Policy) -> None:
        self._publishing, self._consuming = Link(urls, "publish"), Link(urls, "consume")
        self._publisher = Publisher(self._publishing.connection, policy.confirm_timeout)
        settle, alone = Settler(self._publisher, self._mend).settle, asyncio.Lock()
        self._intakes = [Intake(queue, one, settle, alone) for one in consumers for queue in one.queues(app)]
        self._app, self._policy = app, policy
        self._declared, self._mending, self._draining = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._catalogued = False
        self._window: int | None = None  # None: the next look searches all of unrouted
        self._left, self._looking_helps = 0, True

    @property
    def queues(self) -> list[str]:
        """The names of its work queues."""
        return [intake.queue.name for intake in self._intakes]

    def why_not_ready(self) -> str:
        """Say what is missing for readiness; the empty string when nothing is."""
        if self._draining.is_set():
            return "draining"
        if not (self._publishing.is_open and self._consuming.is_open):
            return "no connection to the broker"
        idle = [intake.queue.name for intake in self._intakes if not intake.is_consuming]
        return f"not consuming {', '.join(idle[:5])}" if idle else ""

    async def run(self, stop: asyncio.Event, hurry: asyncio.Event) -> int:
        """Run until `stop` is set, then drain; `hurry` ends the drain at once.

        Returns the number of runs that were cut off. Raises TopologyDiffersError where the broker holds another
        topology at the start, and UnexpectedClientError.
        """
        works: list[Coroutine[Any, Any, object]] = [self._publishing.run(), self._consuming.run(), self._tend()]
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

    async def _tend(self) -> None:
        while True:
            connection = await self._publishing.connection()
            self._mending.clear()
            try:
                with losses():
                    await self._look(connection)
            except TopologyDiffersError as error:
                if not self._declared.is_set():
                    raise
                log.error("topology.differs", difference=str(error))  # noqa: TRY400 - the sentence says it all
            except (*LOST, NotPublished) as error:
                log.warning("topology.not_checked", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(random.uniform(0.2, 1))  # noqa: S311 - jitter
                continue
            await asyncio.sleep(PAUSE)
            with quietly():
                async with asyncio.timeout(TEND * random.uniform(0.8, 1.2)):  # noqa: S311 - jitter
                    await self._reason_to_look(connection)

    async def _reason_to_look(self, connection: Any) -> None:
        """Return when a copy found no place, or when more lies unrouted than the last look left, if looking helped."""
        while not self._mending.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(PEEK):
                    await self._mending.wait()
            if self._looking_helps and await browse.unrouted(connection, self._app) > self._left:
                return

    async def _look(self, connection: Any) -> None:
        queues = [intake.queue for intake in self._intakes]
        if not self._policy.verify_only:
            await declare(connection, topology(self._app, queues))
        elif not self._declared.is_set():
            await verify(connection, topology(self._app, queues))
        self._declared.set()
        if not self._catalogued:
            await browse.catalogue(connection, self._publisher, queues)
            self._catalogued = True
        adopted, left = await browse.adopt(connection, self._publisher, queues, self._window or 2**31)
        self._window = WINDOW if left else self._window
        # Topics that nobody here consumes pile up too: after a look in vain, the next is the regular one.
        self._looking_helps, self._left = bool(adopted) or left <= self._left, left
        UNROUTED.labels(self._app).set(left)
        if adopted:
            log.info("unrouted.adopted", count=adopted, left=left)

    async def _mend(self) -> None:
        """Have the topology declared again soon: something of it was missing."""
        self._window = None
        self._mending.set()

    async def _keep(self, intake: Intake) -> None:
        await self._declared.wait()
        while not self._draining.is_set():
            connection = await self._consuming.connection()
            with quietly():
                await intake.consume(connection, self._consuming.tap)
            if self._consuming.is_open:
                log.warning("queue.lost", queue=intake.queue.name)
                await self._mend()
            await asyncio.sleep(random.uniform(0.1, 1))  # noqa: S311 - jitter: a reconnect of many workers spreads out

    async def _drain(self, hurry: asyncio.Event) -> int:
        """Stop consuming, let runs finish, cut off and hand back the rest; return how many those were."""
        self._draining.set()
        DRAINING.set(1)
        log.info("worker.draining", running=len(self._runs()), timeout=self._policy.drain_timeout)
        deadline = asyncio.get_running_loop().time() + self._policy.drain_timeout
        hurried = asyncio.create_task(hurry.wait())
        stopping = asyncio.create_task(self._stop_consuming())
        await asyncio.wait([hurried, stopping], timeout=STOP_CONSUMING, return_when=asyncio.FIRST_COMPLETED)
        await ended([stopping])
        while (
            (runs := self._runs()) and not hurried.done() and (left := deadline - asyncio.get_running_loop().time()) > 0
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
        return {task: run for intake in self._intakes for task, run in intake.runs.items()}

    async def _cut_off(self, runs: dict[asyncio.Task[None], Any]) -> None:
        log.warning("worker.cut_off", running=len(runs))
        for task in runs:
            task.cancel()
        await asyncio.wait(runs, timeout=CUT_OFF)
        left = [run for task, run in runs.items() if not task.done() or task.cancelled()]
        with quietly():
            async with asyncio.timeout(CUT_OFF):  # a frozen broker takes nothing back; the end of the link gives it
                for run in left:
                    with suppress(*LOST), losses():
                        await run.hand_back()
