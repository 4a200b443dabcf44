"""What waits on the ladder for another attempt: seeing it, having it tried now, giving up on it.

A retry that falls due while it is looked at goes on once the look ends, or the window of a move.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from time import time

from runtime.amqp.link import Connection
from runtime.amqp.properties import for_copy
from schemas import headers as webhook_headers
from schemas.dead_letter import DeadLetter, Reason
from schemas.in_use import queues_in_use
from schemas.ladder import LADDER
from schemas.names import WorkQueue, dead_exchange, return_exchange, work_queues
from workers.broker.browse import HeldMessage
from workers.broker.letters import find
from workers.broker.publisher import Publisher
from workers.dead_letters import Filter
from workers.letter import Letter, Source
from workers.operate.held import WHY_NOT
from workers.operate.letters import state_of
from workers.operate.limits import RATE
from workers.operate.moving import Moved, Moving, Tell, all_of
from workers.operate.who import this_operator
from workers.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Order:
    """How to move what waits: `rate` webhooks a second; `timeout`: seconds for a confirm.

    `by` is who gives the order, where that is not who runs this process.
    """

    rate: float = RATE
    timeout: float = 10.0
    by: str = ""


async def rungs(connection: Connection, app: str, wanted: Filter) -> tuple[Source, ...]:
    """Return where to look; raises SettingsError where there is nothing that can be meant."""
    state = await state_of(connection, app)
    wanted.check(work_queues(state.queues))
    return tuple(Source.waiting(app, rung) for rung in LADDER)


async def movable(connection: Connection, app: str, wanted: Filter) -> tuple[Source, ...]:
    """Return where what can be moved lies; raises SettingsError where nothing of it can be."""
    places = await rungs(connection, app, wanted)
    state = await state_of(connection, app)
    meant = [queue for queue in queues_in_use(state) if wanted.takes_queue(queue)]
    if meant and all(queue.ordered for queue in meant):
        names = ", ".join(sorted({queue.consumer for queue in meant}))
        raise SettingsError(f"{names}: nothing can be moved. {WHY_NOT}")
    return places


async def waiting(
    connection: Connection, places: tuple[Source, ...], wanted: Filter
) -> AsyncGenerator[Letter, None]:
    """Yield what waits and is meant, one rung after the other.

    None is held back meanwhile: a rung is looked through before its first is yielded, however long
    the caller takes.
    """
    left = wanted.limit
    for source in places:
        meant = replace(wanted, limit=left)
        found = [letter async for letter, _ in find(connection, [source], meant)]
        for letter in found:
            yield letter

        if left is not None:
            left -= len(found)
            if not left:
                return


async def hurry(
    connection: Connection,
    app: str,
    places: tuple[Source, ...],
    wanted: Filter,
    order: Order,
    stop: asyncio.Event,
    tell: Tell,
) -> Moved:
    """Have what waits and is meant tried at once, until `stop` is set; return what came of it.

    It goes back to its work queue as it would have later: the same attempt.
    """
    publisher = Publisher.on(connection, order.timeout)

    async def put_back(letter: Letter, message: HeldMessage) -> None:
        headers = webhook_headers.kept(message.headers)
        for name in (webhook_headers.WAITING, webhook_headers.DUE):
            headers.pop(name, None)
        copy = for_copy(message.properties, headers)
        await publisher.publish(return_exchange(app), letter.routing_key, copy, message.body)

    def is_meant(letter: Letter) -> bool:
        return letter.work is not None and wanted.takes(letter)

    moving = Moving(connection, is_meant, order.rate, stop, put_back)
    return await all_of(moving, places, wanted.limit, tell)


async def cancel(
    connection: Connection,
    app: str,
    places: tuple[Source, ...],
    wanted: Filter,
    order: Order,
    stop: asyncio.Event,
    tell: Tell,
) -> Moved:
    """Give up on what waits and is meant, until `stop` is set; return what came of it.

    It becomes a dead letter, `cancelled`, with its last error and the attempt that it waited for.
    """
    state = await state_of(connection, app)
    meant = _Buriable(wanted, queues_in_use(state))
    publisher = Publisher.on(connection, order.timeout)
    by = order.by or this_operator()

    async def bury(letter: Letter, message: HeldMessage) -> None:
        headers = webhook_headers.kept(message.headers)
        for name in webhook_headers.PASSING:
            headers.pop(name, None)
        copy = for_copy(message.properties, headers | _cancelled(letter, by).headers())
        await publisher.publish(dead_exchange(app), _whole(letter), copy, message.body)

    moving = Moving(connection, meant.takes, order.rate, stop, bury)
    moved = await all_of(moving, places, wanted.limit, tell)
    return replace(moved, notices=(*moved.notices, *meant.notices))


def _whole(letter: Letter) -> str:
    """Return the key of a letter's dead queue; the partition that it waited for may be gone."""
    if letter.work is None:
        return letter.routing_key
    return letter.work.whole.name


def _cancelled(letter: Letter, by: str) -> DeadLetter:
    return DeadLetter(
        consumer=letter.consumer,
        reason=Reason.CANCELLED,
        attempt=letter.attempt,
        died_ms=int(time() * 1000),
        error=letter.error,
        worker=by,
        replays=letter.replays,
        first_died_ms=letter.first_died_ms,
    )


class _Buriable:
    """What is meant and has a place for its dead letters: those of a retired queue are gone."""

    def __init__(self, wanted: Filter, queues: frozenset[WorkQueue]) -> None:
        self._wanted = wanted
        self._wholes = {queue.whole for queue in queues}
        self._left_alone = set[str]()

    def takes(self, letter: Letter) -> bool:
        """Tell whether it is to be cancelled."""
        if letter.work is None or not self._wanted.takes(letter):
            return False
        if letter.work.whole in self._wholes:
            return True
        self._left_alone.add(letter.id)
        return False

    @property
    def notices(self) -> tuple[str, ...]:
        """What else an operator should know."""
        if not self._left_alone:
            return ()
        count = len(self._left_alone)
        return (f"left alone: {count} of queues that are retired, or never were",)
