"""How much lies where, by the broker's own count, and how long it has waited.

Every 15 s, on one channel. One process of an app asks for all of it, for all of them: the one that
has the seat. The others ask only for those of their queues that stand still: all places are taken,
and nothing came since the last look.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping
from time import time

import structlog
from aio_pika.abc import AbstractConnection

from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import LOST, lost_link_as_error
from runtime.waiting import jittered
from schemas.ladder import LADDER
from schemas.names import WorkQueue, retry_exchange
from schemas.topology import seat_queue
from workers.broker.intake import Intake
from workers.broker.seat import Seat
from workers.broker.standing import MayNotAsk, Standing, standing
from workers.lag import Lag
from workers.telemetry import DEAD_LETTERS, LAG, QUEUE_READY, WAITING, labels_of

log = structlog.get_logger()

EVERY = 15.0
"""Seconds between two looks."""
MISSING = 600.0
"""Seconds until a queue that was not there is asked for again: each such question costs a channel,
and each channel some memory. What we may not ask for is never asked for again.
"""


class Depths:
    """Counts for one app. `known` tells every work queue that there is to be."""

    def __init__(
        self,
        app: str,
        intakes: Iterable[Intake],
        known: Callable[[], Iterable[WorkQueue]],
        connection: Callable[[], Awaitable[AbstractConnection]],
    ) -> None:
        self._app = app
        self._intakes = {intake.queue: intake for intake in intakes}
        self._known = known
        self._channel = KeptChannel(connection)
        # One of its own: where a queue is missing, the other is closed.
        self._seat = Seat(seat_queue(app), KeptChannel(connection))
        self._others: dict[WorkQueue, Lag] = {}
        self._silent: dict[str, float] = {}

    async def keep(self) -> None:
        """Look, again and again, until cancelled."""
        while True:
            try:
                with lost_link_as_error():
                    await self.look()
            except LOST as error:
                self._forget()
                kind = type(error).__name__
                log.warning("depths.not_counted", error=f"{kind}: {error}")
            pause = jittered(EVERY)
            await asyncio.sleep(pause)

    async def look(self) -> None:
        """Look once."""
        if not await self._seat.is_ours():
            self._forget()
            await self._look_at_those_that_stand()
            return

        queues = sorted(self._known())
        ready = {queue: await self._looked_at(queue) for queue in queues}
        dead = {queue: await self._standing(queue.dead) for queue in queues}
        waiting = {rung: await self._standing(retry_exchange(self._app, rung)) for rung in LADDER}
        self._tell(ready, dead, waiting)

    async def _look_at_those_that_stand(self) -> None:
        before_ms = int(time() * 1000 - EVERY * 1000)
        for queue, intake in self._intakes.items():
            if intake.is_full and intake.lag.taken_ms < before_ms:
                await self._looked_at(queue)

    async def _looked_at(self, queue: WorkQueue) -> Standing | None:
        now_ms = int(time() * 1000)
        found = await self._standing(queue.name)
        if found is not None:
            self._lag_of(queue, now_ms).looked(now_ms, found.messages)
        return found

    def _lag_of(self, queue: WorkQueue, now_ms: int) -> Lag:
        intake = self._intakes.get(queue)
        if intake is not None:
            return intake.lag
        return self._others.setdefault(queue, Lag(now_ms))

    async def _standing(self, queue: str) -> Standing | None:
        """Return how a queue stands, or None where nobody can tell us."""
        now = asyncio.get_running_loop().time()
        if now < self._silent.get(queue, 0.0):
            return None

        try:
            found = await standing(self._channel, queue)
        except MayNotAsk:
            self._silent[queue] = math.inf
            return None
        if found is None:
            self._silent[queue] = now + MISSING
        return found

    def _tell(
        self,
        ready: Mapping[WorkQueue, Standing | None],
        dead: Mapping[WorkQueue, Standing | None],
        waiting: Mapping[int, Standing | None],
    ) -> None:
        """Have the metrics show what was found, and nothing besides."""
        self._clear()
        for queue, found in ready.items():
            if found is not None:
                QUEUE_READY.labels(*labels_of(queue)).set(found.messages)
                self._tell_lag_of_others(queue, found)

        for queue, found in dead.items():
            if found is not None:
                DEAD_LETTERS.labels(*labels_of(queue)).set(found.messages)

        for rung, found in waiting.items():
            if found is not None:
                WAITING.labels(self._app, f"{rung}s").set(found.messages)

    def _tell_lag_of_others(self, queue: WorkQueue, found: Standing) -> None:
        """Tell the lag of a queue that nobody consumes; whoever consumes one tells it himself."""
        if queue in self._intakes or found.consumers:
            return
        now_ms = int(time() * 1000)
        seconds = self._others[queue].seconds(now_ms, is_consuming=False, is_full=False)
        LAG.labels(*labels_of(queue)).set(seconds)

    def _forget(self) -> None:
        """Have the metrics show nothing of what only who has the seat knows."""
        self._clear()
        self._others.clear()

    def _clear(self) -> None:
        for gauge in (QUEUE_READY, DEAD_LETTERS, WAITING):
            gauge.clear()
        for queue in self._others:
            LAG.remove(*labels_of(queue))
