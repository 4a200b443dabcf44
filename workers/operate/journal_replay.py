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
from schemas import headers as webhook_headers
from schemas.belonging import queues_for
from schemas.dead_letter import replayed
from schemas.names import WorkQueue, return_exchange, work_queues
from schemas.properties import ReceivedProperties
from schemas.topic import BadTopic, Topic
from workers.broker.publisher import Publisher
from workers.letter_rows import shown_time
from workers.operate.journal import Kept, search
from workers.operate.letters import state_of
from workers.operate.limits import RATE
from workers.operate.moving import CannotMove, Moved
from workers.operate.replay import notice_of
from workers.operate.targets import UnknownTarget, queues_meant
from workers.pace import Pace
from workers.settings import SettingsError
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
    return f"journal-{shown_time(at_ms)}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a consumer is to handle again."""

    consumer: str
    sought: Sought

    def described(self) -> dict[str, str]:
        """Return what is asked, by option, for people."""
        return {"journal to": self.consumer, **self.sought.described()}


@dataclass(frozen=True, slots=True)
class Takers:
    """The queues of one consumer, and which webhooks go to which."""

    app: str
    consumer: str
    queues: frozenset[WorkQueue]

    def chosen(self, sought: Sought) -> "Chosen":
        """Return what is chosen for the consumer, as the control log tells of it."""
        return Chosen(self.consumer, sought)

    def takes(self, _: str, properties: ReceivedProperties) -> bool:
        """Tell whether the consumer takes such a webhook."""
        return bool(self.homes(properties))

    def homes(self, properties: ReceivedProperties) -> list[WorkQueue]:
        """Return the queue that a webhook goes to: where there are partitions, its shop's."""
        try:
            topic = Topic.parse(properties.type or "")
        except BadTopic:
            return []
        shop = webhook_headers.text(properties.headers, webhook_headers.SHOP)
        return queues_for(topic.routing_key, shop, self.queues)


async def takers(connection: Connection, app: str, consumer: str, *, force: bool) -> Takers:
    """Return the queues of a consumer, by the app's control log.

    Raises SettingsError where it has none, or declares that nothing of it is to be replayed, unless
    that is forced.
    """
    state = await state_of(connection, app)
    try:
        queues = frozenset(queues_meant(state, app, consumer, None))
    except UnknownTarget as error:
        raise SettingsError(str(error)) from error

    never = {queue.whole for queue in work_queues(state.never_replayed)}
    if not force and never & {queue.whole for queue in queues}:
        raise SettingsError(f'{consumer} declares replay="never": --force, if no harm comes of it')
    return Takers(app, consumer, queues)


async def replay(
    connection: Connection,
    takers: Takers,
    sought: Sought,
    order: Replay,
    stop: asyncio.Event,
    tell: Tell,
) -> Moved:
    """Put what is meant on the consumer's queues, until `stop` is set; return what came of it.

    Raises SettingsError where there is no journal.
    """
    replaying = _Replaying(connection, takers, order)
    count = 0
    problem = ""
    found = search(connection, takers.app, sought, takes=takers.takes, bodies=True)

    try:
        with lost_link_as_error():
            async with aclosing(replaying.carried(found, stop)) as carried:
                async for kept in carried:
                    count += 1
                    tell(kept)
    except (CannotMove, NotPublished) as error:
        problem = str(error)
    except LOST as error:
        kind = type(error).__name__
        problem = f"the connection to the broker was lost ({kind}: {error})"
    return Moved(count, problem=problem, notices=tuple(replaying.notices))


class _Replaying:
    """Makes the copies."""

    def __init__(self, connection: Connection, takers: Takers, order: Replay) -> None:
        self.notices: list[str] = []
        """What else an operator should know."""
        self._takers = takers
        self._order = order
        self._kept = KeptChannel.on(connection)
        self._publisher = Publisher.on(connection, order.timeout)
        self._checked = set[WorkQueue]()

    async def carried(
        self, found: AsyncGenerator[Kept, None], stop: asyncio.Event
    ) -> AsyncGenerator[Kept, None]:
        """Yield each webhook once it is on its queue, at the order's rate, until `stop` is set.

        Raises as `carry` does.
        """
        pace = Pace(self._order.rate)
        async with aclosing(found) as meant:
            async for kept in meant:
                if not await pace.turn(stop):
                    return

                await self.carry(kept)
                yield kept

    async def carry(self, kept: Kept) -> None:
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
