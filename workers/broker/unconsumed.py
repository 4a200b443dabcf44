"""Work queues that nobody consumes any more, though they are bound and fill.

A release that takes a consumer away leaves its queues behind. Who sees to them is told.
"""

from collections.abc import Iterable
from time import time

import structlog

from runtime.amqp.channels import KeptChannel
from schemas.control import ControlState
from schemas.in_force import is_held
from schemas.names import WorkQueue
from workers.broker.standing import Standing, standing_if_allowed
from workers.telemetry import UNCONSUMED

log = structlog.get_logger()


class Unconsumed:
    """Looks for unconsumed queues of one app, says so once of each, and counts them.

    What two looks have found counts: the workers may just be starting again.
    """

    def __init__(self, app: str, channel: KeptChannel) -> None:
        self._channel = channel
        self._found: set[str] = set()
        self._told: set[str] = set()
        self._count = UNCONSUMED.labels(app)

    @property
    def suspected(self) -> set[str]:
        """Queues that one look found unconsumed, and no second one yet."""
        return self._found - self._told

    async def look(self, queues: Iterable[WorkQueue], state: ControlState) -> None:
        """Look at these queues; `state` knows who ran them last.

        Passed over are those that are to be consumed by nobody now, because they are paused or
        their breaker is open, and those that we may not see, on a host that has permissions for its
        own consumer alone.
        """
        found = set[str]()
        now_ms = int(time() * 1000)
        for queue in sorted(queues):
            if is_held(state, queue, now_ms):
                continue
            standing = await standing_if_allowed(self._channel, queue.name)
            if standing is None or standing.consumers:
                continue

            found.add(queue.name)
            if queue.name in self.suspected:
                _warn(queue, standing, state)

        self._told = found & self._found
        self._found = found
        self._count.set(len(self._told))


def _warn(queue: WorkQueue, standing: Standing, state: ControlState) -> None:
    last_run_by = ""
    fact = state.queues.get(queue.name)
    if fact is not None:
        last_run_by = fact.by
    log.warning(
        "queue.unconsumed",
        queue=queue.name,
        messages=standing.messages,
        last_run_by=last_run_by,
    )
