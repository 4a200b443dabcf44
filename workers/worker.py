"""The worker: runs consumers until told to stop, then drains.

two links (publish, consume)  come back by themselves
upkeep                        declares, then every minute looks that all is there
unrouted watch                adopts what has a queue by now
following, steering           what the control log orders takes effect: pauses, concurrency;
                              breakers open, are tried and close
keep, one a queue             consumes, and begins again whenever the broker ended it
living                        who else works, where partitions or limits are shared
partitions                    which of them are ours
depths                        counts, where it is this process's turn, how much lies where
shares                        of how many workers this is one, where limits are shared
pulse                         says every few seconds how all this is doing
"""

import asyncio
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog

from runtime.amqp.link import quietly
from runtime.amqp.pulse import Pulse
from runtime.lifetime import end_tasks
from runtime.this_process import PROCESS
from runtime.tracing import Tracing
from workers.breakers import Breakers
from workers.broker.control import give
from workers.broker.copies import WORKER
from workers.broker.depths import Depths
from workers.broker.following import Following
from workers.broker.intake import Intake
from workers.broker.known import KnownControl
from workers.broker.link import ReconnectingLink
from workers.broker.living import Living
from workers.broker.publisher import Publisher
from workers.broker.settle import Settler
from workers.broker.unrouted import UnroutedWatch
from workers.broker.unrouted_depth import UnroutedDepth
from workers.broker.upkeep import QueueUpkeep
from workers.consumer import Consumer
from workers.drain import Drain
from workers.intakes import Intakes
from workers.own_queues import OwnQueues
from workers.partitions import Partitions
from workers.pulse import WorkerPulse
from workers.roll import Roll
from workers.shares import Shares
from workers.steering import Steering

log = structlog.get_logger()

LAST_BEAT = 2.0
"""Seconds for the beat that tells the others that we end."""


class Worker:
    """Runs consumers of one app; each of its queues with the consumer's concurrency."""

    def __init__(
        self,
        app: str,
        urls: Sequence[str],
        consumers: Sequence[Consumer[Any]],
        *,
        confirm_timeout: float,
        drain_timeout: float,
        verify_only: bool,
        tracing: Tracing | None = None,
    ) -> None:
        self._publishing = ReconnectingLink(urls, "publish")
        self._consuming = ReconnectingLink(urls, "consume")
        connection = self._publishing.connection
        publisher = Publisher(connection, confirm_timeout)
        settle = Settler(publisher, self._request_check).settle
        breakers = Breakers(partial(give, publisher, app), by=WORKER)
        self._made = Intakes(app, consumers, settle, breakers, publisher, tracing)
        self._intakes = self._made.all

        control = KnownControl()
        self._steering = Steering(self._intakes, control, breakers)
        self._following = Following(app, connection, control)
        roll = Roll(PROCESS)
        self._partitions = Partitions(self._made, control, roll, self._steering.apply)
        self._living = Living(app, connection, roll, self._partitions.look_again)
        self._shares = Shares(self._made.limiters, roll, self._living)

        unrouted = UnroutedDepth(app, connection)
        own = OwnQueues.of(app, consumers)
        self._upkeep = QueueUpkeep(
            app, own, connection, publisher, unrouted, verify_only=verify_only, control=control
        )
        self._unrouted = UnroutedWatch(self._upkeep, connection, publisher, unrouted)
        self._depths = Depths(app, self._made.queues, lambda: self._upkeep.known, connection)
        self._drain = Drain(self._intakes, settle, drain_timeout)
        pulse = WorkerPulse(self._intakes, self._partitions.divides, control.heard)
        self._pulse = Pulse(app, pulse.beat, confirm_timeout, declares=not verify_only)

    @property
    def queues(self) -> list[str]:
        """The names of its work queues; of partitions, what they have in common."""
        divided = [whole.name for whole in self._made.divided]
        return [*divided, *(queue.name for queue in self._made.queues())]

    async def why_not_ready(self) -> str:
        """Say what is missing for readiness; the empty string when nothing is."""
        if self._drain.has_begun:
            return "draining"
        if not (self._publishing.is_open and self._consuming.is_open):
            return "no connection to the broker"
        if not self._partitions.is_divided:
            return "the partitions are not divided yet"

        idle = [
            intake.queue.name
            for intake in self._intakes
            if not intake.is_consuming and not intake.is_held
        ]
        if not idle:
            return ""
        some = ", ".join(idle[:5])
        return f"not consuming {some}"

    async def run(self, stop: asyncio.Event, hurry: asyncio.Event) -> int:
        """Run until `stop` is set, then drain; `hurry` ends the drain at once.

        Returns the number of runs that were cut off. Raises TopologyDiffersError where the broker
        holds another topology at the start, and UnexpectedClientError.
        """
        links = [
            asyncio.create_task(self._publishing.run()),
            asyncio.create_task(self._consuming.run()),
        ]
        works = [
            asyncio.create_task(self._upkeep.keep()),
            asyncio.create_task(self._unrouted.keep()),
            asyncio.create_task(self._keep_pulse()),
            asyncio.create_task(self._depths.keep(self._upkeep.declared)),
            asyncio.create_task(self._following.keep(self._upkeep.declared)),
            asyncio.create_task(self._steering.keep()),
            asyncio.create_task(self._living.keep()),
            asyncio.create_task(self._shares.keep(self._upkeep.declared)),
        ]
        for intake in self._intakes:
            consuming = asyncio.create_task(self._keep_consuming(intake))
            works.append(consuming)
        if self._made.divided:
            self._living.want()
            works.append(asyncio.create_task(self._partitions.keep(self._keep_consuming)))
        stopped = asyncio.create_task(stop.wait())

        try:
            await asyncio.wait([stopped, *links, *works], return_when=asyncio.FIRST_COMPLETED)
            for task in [*links, *works]:
                if task.done():
                    task.result()

            cut_off, _ = await asyncio.gather(self._drain.run(hurry), self._leave_partitions())
            return cut_off
        finally:
            await end_tasks([stopped, *works])
            await end_tasks(links)

    async def _leave_partitions(self) -> None:
        """Tell the others that ours are theirs from here on."""
        self._partitions.leave()
        if self._made.divided and self._publishing.is_open:
            await self._pulse.now(LAST_BEAT)

    async def _request_check(self) -> None:
        self._upkeep.request()

    async def _keep_pulse(self) -> None:
        await self._upkeep.declared.wait()
        await self._pulse.keep(self._publishing.connection)

    async def _keep_consuming(self, intake: Intake) -> None:
        await self._upkeep.declared.wait()
        while not self._drain.has_begun:
            await intake.until_wanted()
            connection = await self._consuming.connection()
            with quietly():
                await intake.consume(connection, self._consuming.tap)
            if self._consuming.is_open and not intake.is_held:
                log.warning("queue.lost", queue=intake.queue.name)
                self._upkeep.request()
            # So that many workers do not come back at the same moment.
            pause = random.uniform(0.1, 1)  # noqa: S311 - no secret
            await asyncio.sleep(pause)
