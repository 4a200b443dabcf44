"""How much lies where, by the broker's own count, and how long it has waited: told as metrics.

Every 15 s, on one channel, one queue after the other. One process of an app asks for all of it, for
all of them (`counting`); what another shows of it is taken from its page, or it would stand still.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from time import time

import structlog
from aio_pika.abc import AbstractConnection

from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import LOST, lost_link_as_error
from runtime.waiting import jittered
from schemas.fleet import Fleet
from schemas.ladder import LADDER
from schemas.names import WorkQueue, retry_exchange
from schemas.partition_names import held_queue
from workers.backlogs import Backlogs
from workers.broker.counting import Counting, Share
from workers.broker.hearing import hear
from workers.broker.standing import MayNotAsk, standing
from workers.telemetry import DEAD_LETTERS, LAG, QUEUE_READY, WAITING, labels_of

log = structlog.get_logger()

EVERY = 15.0
"""Seconds between two looks."""
FIRST = 3.0
"""Seconds until the first: our own first beat is to be in the pulse by then."""
COUNT_TIMEOUT = 60.0
"""Seconds for one look. What was counted before it is not shown for longer than that."""
ASKED_A_SECOND = 2.0
"""Queues that each worker asks for where all count their own: it looks more rarely instead."""
MISSING = 300.0
"""Seconds until a queue that was not there is asked for again: each such question costs a channel,
and each channel some memory. What we may not ask for is never asked for again.
"""


class Depths:
    """Counts for one app; `known` tells every work queue that there is to be, `own` ours."""

    def __init__(
        self,
        app: str,
        own: Callable[[], Sequence[WorkQueue]],
        known: Callable[[], Iterable[WorkQueue]],
        connection: Callable[[], Awaitable[AbstractConnection]],
    ) -> None:
        self._app = app
        self._own = own
        self._known = known
        self._counting = Counting(app, connection)
        self._channel = KeptChannel(connection)
        self._backlogs = Backlogs()
        self._silent_until: dict[str, float] = {}
        self._pause = EVERY

    async def keep(self, declared: asyncio.Event) -> None:
        """Look, again and again from when all is declared, until cancelled."""
        await declared.wait()
        await asyncio.sleep(jittered(FIRST))
        while True:
            try:
                with lost_link_as_error():
                    async with asyncio.timeout(COUNT_TIMEOUT):
                        await self.look()
            except LOST as error:
                self._forget()
                kind = type(error).__name__
                log.warning("depths.not_counted", error=f"{kind}: {error}")
            await asyncio.sleep(jittered(self._pause))

    async def look(self) -> None:
        """Look once."""
        self._pause = EVERY
        match await self._counting.share():
            case Share.ALL:
                await self._count_all()
            case Share.OWN:
                await self._count_own()
            case Share.NOTHING:
                self._forget()

    async def _count_all(self) -> None:
        queues = sorted(self._known())
        names = [retry_exchange(self._app, rung) for rung in LADDER]
        names += _names(queues)

        found = await self._found(names)
        ready = {queue.name: _ready(queue, found) for queue in queues if queue.name in found}
        lags_ms = await self._lags_ms(ready, any(queue.ordered for queue in queues))
        self._tell(queues, found)
        for queue in queues:
            if queue.name in lags_ms:
                LAG.labels(*labels_of(queue)).set(lags_ms[queue.name] / 1000)

    async def _count_own(self) -> None:
        self._backlogs.forget()
        names = _names(self._own())
        self._pause = max(EVERY, len(names) / ASKED_A_SECOND)
        found = await self._found(names)
        self._tell(self._own(), found)

    async def _lags_ms(
        self,
        ready: Mapping[str, int],
        may_hold: bool,  # noqa: FBT001 - as said where it is called
    ) -> Mapping[str, int]:
        """Return the lags; the pulse is read only where something waits, or may be held."""
        now_ms = int(time() * 1000)
        seen: Fleet | None = Fleet()
        backlog = [name for name, count in ready.items() if count]
        if backlog or may_hold:
            unknown = self._backlogs.unknown(backlog)
            seen = await hear(self._channel, self._app, unknown, now_ms)
        return self._backlogs.lags_ms(ready, seen or Fleet(), now_ms)

    async def _found(self, names: Iterable[str]) -> dict[str, int]:
        """Return how much lies in each queue that anybody can tell us of."""
        found: dict[str, int] = {}
        for name in names:
            count = await self._count(name)
            if count is not None:
                found[name] = count
        return found

    async def _count(self, name: str) -> int | None:
        now = asyncio.get_running_loop().time()
        if now < self._silent_until.get(name, 0.0):
            return None

        try:
            found = await standing(self._channel, name)
        except MayNotAsk:
            self._silent_until[name] = math.inf
            return None
        if found is None:
            self._silent_until[name] = now + MISSING
            return None
        return found.messages

    def _tell(self, queues: Iterable[WorkQueue], found: Mapping[str, int]) -> None:
        """Have the metrics show what was found, and nothing besides."""
        _show_nothing()
        for queue in queues:
            labels = labels_of(queue)
            if queue.name in found:
                QUEUE_READY.labels(*labels).set(_ready(queue, found))
            if queue.dead in found:
                DEAD_LETTERS.labels(*labels_of(queue.whole)).set(found[queue.dead])

        for rung in LADDER:
            name = retry_exchange(self._app, rung)
            if name in found:
                WAITING.labels(self._app, f"{rung}s").set(found[name])

    def _forget(self) -> None:
        self._backlogs.forget()
        _show_nothing()


def _names(queues: Iterable[WorkQueue]) -> list[str]:
    """Return the queues to be asked for, each once: partitions share their dead letters."""
    names: dict[str, None] = {}
    for queue in queues:
        names |= dict.fromkeys((queue.name, queue.dead))
        if queue.ordered:
            names[held_queue(queue)] = None
    return list(names)


def _ready(queue: WorkQueue, found: Mapping[str, int]) -> int:
    """Return what waits for a worker: where nobody has an ordered partition, what it holds too."""
    return found[queue.name] + found.get(held_queue(queue), 0)


def _show_nothing() -> None:
    for gauge in (LAG, QUEUE_READY, DEAD_LETTERS, WAITING):
        gauge.clear()
