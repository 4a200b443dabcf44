"""The fence: a message behind the last of what is to be drained from a partition.

Whoever gets it has got everything before it: the broker keeps a partition's order, and serves one
consumer at a time. Once all that is settled, the control log is told that the partition is drained.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from time import time

import structlog

from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import LOST
from schemas.layout_records import Step, layout_record
from schemas.names import WorkQueue
from schemas.properties import Properties, ReceivedProperties
from workers.broker import control as control_log
from workers.broker.copies import WORKER
from workers.broker.publisher import Publisher
from workers.broker.under_way import UnderWay

log = structlog.get_logger()

FENCE = "hookline/fence"
"""Its type, where a webhook has its topic."""
PAUSE = 1.0
"""Seconds until it is tried again to tell the control log."""

Drained = Callable[[WorkQueue], Awaitable[None]]
"""Tells the control log that a partition is drained; raises NotPublished."""


def fence(app: str) -> Properties:
    """Return what a fence is published with."""
    return Properties(None, FENCE, app, None, {})


def is_fence(properties: ReceivedProperties) -> bool:
    """Tell whether a message is one."""
    return properties.type == FENCE


async def tell_drained(publisher: Publisher, queue: WorkQueue) -> None:
    """Tell the control log that a partition is drained; raises NotPublished."""
    now_ms = int(time() * 1000)
    record = layout_record(
        Step.DRAINED, queue.whole, by=WORKER, at=now_ms, partition=queue.partition
    )
    await control_log.write(publisher, queue.app, record)


async def nobody_told(_: WorkQueue) -> None:
    """Tell nobody."""


class Fences:
    """Passes the fences of one queue; while we leave it, what came before one may be let go."""

    def __init__(self, drained: Drained, is_leaving: Callable[[], bool]) -> None:
        self._drained = drained
        self._is_leaving = is_leaving
        self._passing: set[asyncio.Task[None]] = set()

    def arrived(self, run: UnderWay, before: Iterable[asyncio.Task[None]]) -> None:
        """Pass a fence once the runs before it have ended; on a lost channel it comes again."""
        passing = asyncio.create_task(self._pass(run, tuple(before)))
        self._passing.add(passing)
        passing.add_done_callback(self._passing.discard)

    async def _pass(self, run: UnderWay, before: tuple[asyncio.Task[None], ...]) -> None:
        if before:
            await asyncio.wait(before)

        while run.is_ours and not self._is_leaving():
            try:
                await self._drained(run.queue)
            except NotPublished as error:
                log.warning("partition.not_told_drained", queue=run.queue.name, error=str(error))
                await asyncio.sleep(PAUSE)
                continue

            with suppress(*LOST):
                run.ack()
            log.info("partition.drained", queue=run.queue.name)
            return
