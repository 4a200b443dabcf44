"""Replaying letters: dead ones go back to their queue, unrouted ones to every queue for them."""

import asyncio
from dataclasses import dataclass, replace
from itertools import repeat
from time import time

from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import Connection
from runtime.amqp.properties import for_copy
from schemas import headers as webhook_headers
from schemas.dead_letter import replayed
from schemas.names import WorkQueue, return_exchange
from workers.broker.browse import HeldMessage
from workers.broker.publisher import Publisher
from workers.broker.standing import MayNotAsk, standing
from workers.dead_letters import Filter
from workers.halts import halt_in
from workers.letter import Letter, Source
from workers.letter_rows import named_by_time
from workers.operate.limits import RATE
from workers.operate.moving import CannotMove, Moved, Moving, Tell, all_of
from workers.operate.ramp import Ramp, steps
from workers.operate.releasing import is_there
from workers.operate.replayable import Replayable


@dataclass(frozen=True, slots=True)
class Replay:
    """How to replay: `rate` letters a second; each keeps `name`.

    `ramp_wait`: send few letters, then more, and after each step wait so many seconds; a step of
    which letters died again in the same group is the last. `timeout`: seconds for a confirm.
    `again`: they run though their consumer's `once` knows that they were done. `in_order`: those
    that died first go first, and of a ramp each step is one.
    """

    name: str
    rate: float = RATE
    ramp_wait: float | None = None
    timeout: float = 10.0
    again: bool = False
    in_order: bool = False


def default_name(at_ms: int) -> str:
    """Return the name of a replay that its operator gave none."""
    return named_by_time("replay", at_ms)


async def replay(
    connection: Connection,
    app: str,
    places: tuple[Source, ...],
    wanted: Filter,
    able: Replayable,
    order: Replay,
    stop: asyncio.Event,
    tell: Tell,
) -> Moved:
    """Replay the letters that are meant and able, until `stop` is set; return what came of it.

    A letter that this replay has put back already, and that died again, is no letter of it.
    """
    replaying = _Replaying(connection, app, able, order)

    def is_meant(letter: Letter) -> bool:
        is_new = wanted.takes(letter) and letter.replay != order.name
        return is_new and able.takes(letter)

    moving = Moving(
        connection, is_meant, order.rate, stop, replaying.carry, in_order=order.in_order
    )
    if order.ramp_wait is None:
        moved = await all_of(moving, places, wanted.limit, tell)
    else:
        sizes = repeat(1) if order.in_order else steps()
        ramp = Ramp(connection, moving, places, order.name, order.ramp_wait, stop, sizes)
        moved = await ramp.climb(wanted.limit, tell)
    notices = (*moved.notices, *replaying.notices, *able.notices())
    return replace(moved, notices=notices)


class _Replaying:
    """Makes the copies. Of unrouted letters each queue that takes its topic gets one."""

    def __init__(self, connection: Connection, app: str, able: Replayable, order: Replay) -> None:
        self.notices: list[str] = []
        """What else an operator should know."""
        self._app = app
        self._replayable = able
        self._order = order
        self._kept = KeptChannel.on(connection)
        self._publisher = Publisher.on(connection, order.timeout)
        self._checked = set[WorkQueue]()

    async def carry(self, letter: Letter, message: HeldMessage) -> None:
        """Publish the copies of a letter; raises CannotMove and NotPublished."""
        whole = letter.source.work
        if whole is None:
            await self._adopt(letter, message)
            return

        now_ms = int(time() * 1000)
        order = self._order
        headers = replayed(message.headers, replay=order.name, at_ms=now_ms, again=order.again)
        halt = halt_in(message.headers)
        if halt is not None and await is_there(self._kept, halt):
            await self._check(halt.partition)
            key = halt.queue
            headers |= halt.headers
        else:
            # Where it has partitions, the one that has its shop now.
            queue = next(iter(self._replayable.homes(letter)), whole)
            await self._check(queue)
            key = queue.name

        copy = for_copy(message.properties, headers)
        await self._publisher.publish(return_exchange(self._app), key, copy, message.body)

    async def _check(self, queue: WorkQueue) -> None:
        """Raise CannotMove where the queue is gone; take note where nobody consumes it."""
        if queue in self._checked:
            return
        self._checked.add(queue)
        notice = await notice_of(self._kept, queue)
        if notice:
            self.notices.append(notice)

    async def _adopt(self, letter: Letter, message: HeldMessage) -> None:
        headers = webhook_headers.kept(message.headers)
        headers[webhook_headers.ADOPTED] = (
            webhook_headers.number(message.headers, webhook_headers.ADOPTED) + 1
        )
        copy = for_copy(message.properties, headers)
        for queue in self._replayable.homes(letter):
            exchange = return_exchange(self._app)
            await self._publisher.publish(exchange, queue.name, copy, message.body)


async def notice_of(kept: KeptChannel, queue: WorkQueue) -> str:
    """Return what an operator should know of a queue that he replays to; raises CannotMove where it
    is gone.

    Who may not see the queue replays in good faith: while there is none, the webhook lies unrouted.
    """
    try:
        found = await standing(kept, queue.name)
    except MayNotAsk:
        return ""

    if found is None:
        raise CannotMove(
            f"not replayed: the queue {queue.name} is gone; "
            "run its consumer, or `topology declare` it"
        )
    if not found.consumers:
        return f"nobody consumes {queue.name}: what is replayed waits there until somebody does"
    return ""
