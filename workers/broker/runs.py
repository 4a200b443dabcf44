"""The runs of one queue: those that are under way, and what each needs to come to its end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from schemas.names import WorkQueue
from workers.broker.deciding import Decider
from workers.broker.queue_settling import QueueSettling
from workers.broker.room import Room
from workers.broker.under_way import UnderWay
from workers.limiter import Limiter
from workers.telemetry import RUNNING, labels_of

BROKEN_PAUSE = 1.0
"""Seconds before a message that we ourselves could not deal with comes again."""


class Runs:
    """What is `under_way`, by its task: a lost channel does not cancel the handler in it."""

    def __init__(
        self,
        queue: WorkQueue,
        limiter: Limiter,
        decider: Decider,
        settling: QueueSettling,
        room: Room,
    ) -> None:
        self.queue = queue
        self.limiter = limiter
        self.decider = decider
        self.settling = settling
        self.room = room

        self.received = 0
        """Deliveries so far."""
        self.under_way: dict[asyncio.Task[None], UnderWay] = {}
        self._ended: Callable[[], None] = _do_nothing
        running = RUNNING.labels(*labels_of(queue))
        running.set_function(lambda: len(self.under_way))

    def listen(self, ended: Callable[[], None]) -> None:
        """Have this called after each end."""
        self._ended = ended

    def start(self, run: UnderWay, work: Coroutine[Any, Any, None]) -> None:
        """Have a run under way until its work has ended."""
        task = asyncio.create_task(work)
        self.under_way[task] = run
        task.add_done_callback(self._has_ended)

    def _has_ended(self, task: asyncio.Task[None]) -> None:
        self.under_way.pop(task)
        self._ended()


def _do_nothing() -> None:
    """Do nothing."""
