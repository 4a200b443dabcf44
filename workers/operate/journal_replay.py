"""Having a consumer, and it alone, handle again what stands in the journal.

The journal is a log: what is replayed stays there. A replay that was ended, or killed, goes on
behind the last place that it told.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from time import time

from runtime.amqp.channels import KeptChannel
from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import LOST, Connection, lost_link_as_error
from runtime.amqp.properties import for_copy
from schemas.dead_letter import replayed
from schemas.names import WorkQueue, return_exchange
from workers.broker.journal_copy import Passed
from workers.broker.publisher import Publisher
from workers.letter_rows import named_by_time
from workers.operate.journal import Kept, pass_over, search
from workers.operate.limits import RATE
from workers.operate.moving import CannotMove, Moved
from workers.operate.replay import notice_of
from workers.operate.takers import Takers
from workers.pace import Pace
from workers.sought import Sought

Tell = Callable[[Kept], None]
"""Is told of each webhook once it is replayed."""


@dataclass(frozen=True, slots=True)
class Replay:
    """How to replay: `rate` webhooks a second; each keeps `name`.

    `again`: they run though the consumer's `once` knows that they were done. `timeout`: seconds for
    a confirm.
    """

    name: str
    rate: float = RATE
    again: bool = False
    timeout: float = 10.0


def default_name(at_ms: int) -> str:
    """Return the name of a replay that its operator gave none."""
    return named_by_time("journal", at_ms)


async def replay(
    connection: Connection,
    takers: Takers,
    sought: Sought,
    order: Replay,
    stop: asyncio.Event,
    tell: Tell,
    passed: Passed = pass_over,
) -> Moved:
    """Put what is meant on the consumer's queues, until `stop` is set; return what came of it.

    `passed` is told how far the search is. Raises SettingsError where there is no journal, and what
    `tell` raises.
    """
    replaying = _Replaying(connection, takers, order)
    count = 0
    found = search(
        connection, takers.app, sought, passed, takes=takers.takes, bodies=True, stop=stop
    )
    async with aclosing(replaying.all_of(found, stop)) as carried:
        async for kept in carried:
            count += 1
            tell(kept)
    return Moved(count, problem=replaying.problem, notices=tuple(replaying.notices))


class _Replaying:
    """Makes the copies."""

    def __init__(self, connection: Connection, takers: Takers, order: Replay) -> None:
        self.notices: list[str] = []
        """What else an operator should know."""
        self.problem = ""
        """Why it ended early."""
        self._takers = takers
        self._order = order
        self._kept = KeptChannel.on(connection)
        self._publisher = Publisher.on(connection, order.timeout)
        self._checked = set[WorkQueue]()

    async def all_of(
        self, found: AsyncGenerator[Kept, None], stop: asyncio.Event
    ) -> AsyncGenerator[Kept, None]:
        """Yield each webhook once it is on its queue, at the order's rate, until `stop` is set.

        Ends early with a problem.
        """
        try:
            with lost_link_as_error():
                async with aclosing(self._carried(found, stop)) as carried:
                    async for kept in carried:
                        yield kept
        except (CannotMove, NotPublished) as error:
            self.problem = str(error)
        except LOST as error:
            kind = type(error).__name__
            self.problem = f"the connection to the broker was lost ({kind}: {error})"

    async def _carried(
        self, found: AsyncGenerator[Kept, None], stop: asyncio.Event
    ) -> AsyncGenerator[Kept, None]:
        """Yield as much; raises as `_carry` does."""
        pace = Pace(self._order.rate)
        async with aclosing(found) as meant:
            async for kept in meant:
                if not await pace.turn(stop):
                    return

                await self._carry(kept)
                yield kept

    async def _carry(self, kept: Kept) -> None:
        """Publish a webhook to its queue; raises CannotMove and NotPublished."""
        properties = kept.copy.properties
        order = self._order
        now_ms = int(time() * 1000)
        headers = replayed(properties.headers, replay=order.name, at_ms=now_ms, again=order.again)
        copy = for_copy(properties, headers)
        for queue in self._takers.homes(properties):
            await self._check(queue)
            exchange = return_exchange(self._takers.app)
            await self._publisher.publish(exchange, queue.name, copy, kept.copy.body)

    async def _check(self, queue: WorkQueue) -> None:
        if queue in self._checked:
            return
        self._checked.add(queue)
        notice = await notice_of(self._kept, queue)
        if notice:
            self.notices.append(notice)
