"""What waits on the retry ladder: seeing it, having it tried at once, and giving up on it.

A retry that falls due while it is looked at goes back to its queue when the look ends.
"""

import asyncio
from dataclasses import dataclass
from time import time

from runtime.amqp.link import Connection
from runtime.amqp.properties import for_copy
from schemas import headers as names
from schemas.dead_letter import DeadLetter, Reason
from schemas.ladder import LADDER
from schemas.names import dead_exchange, return_exchange, work_queues
from workers.broker.browse import HeldMessage
from workers.broker.publisher import Publisher
from workers.dead_letters import Filter
from workers.letter import Letter, Source
from workers.operate.letters import state_of
from workers.operate.limits import RATE
from workers.operate.moving import CarryLetter, Moved, Moving, Tell, all_of
from workers.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Order:
    """Who orders it, how many a second, and how many seconds a confirm may take."""

    by: str
    rate: float = RATE
    timeout: float = 10.0


async def rungs(connection: Connection, app: str, wanted: Filter) -> tuple[Source, ...]:
    """Return the rungs of the ladder; raises SettingsError where nothing on them can be meant."""
    if wanted.group or wanted.reason:
        raise SettingsError("what waits has no group and no reason yet: it is not dead")

    state = await state_of(connection, app)
    wanted.check(work_queues(state.queues))
    return tuple(Source.rung(app, seconds) for seconds in LADDER)


async def hasten(
    connection: Connection,
    app: str,
    places: tuple[Source, ...],
    wanted: Filter,
    order: Order,
    stop: asyncio.Event,
    tell: Tell,
) -> Moved:
    """Have what waits tried at once: it goes back to its work queue, the same attempt."""
    publisher = Publisher.on(connection, order.timeout)

    async def put_back(letter: Letter, message: HeldMessage) -> None:
        headers = names.kept(message.headers)
        for name in (names.DUE, names.WAITING):
            headers.pop(name, None)
        copy = for_copy(message.properties, headers)
        await publisher.publish(return_exchange(app), letter.routing_key, copy, message.body)

    return await _moved(connection, places, wanted, order, stop, tell, put_back)


async def cancel(
    connection: Connection,
    app: str,
    places: tuple[Source, ...],
    wanted: Filter,
    order: Order,
    stop: asyncio.Event,
    tell: Tell,
) -> Moved:
    """Give up on what waits: it becomes a dead letter, `cancelled`, with its last error."""
    publisher = Publisher.on(connection, order.timeout)

    async def bury(letter: Letter, message: HeldMessage) -> None:
        dead = DeadLetter(
            consumer=letter.consumer,
            reason=Reason.CANCELLED,
            attempt=max(1, letter.attempt - 1),
            died_ms=int(time() * 1000),
            error=letter.error,
            worker=order.by,
            replays=letter.replays,
            first_died_ms=letter.first_died_ms,
        )
        headers = names.kept(message.headers)
        for name in names.PASSING:
            headers.pop(name, None)
        copy = for_copy(message.properties, headers | dead.headers())
        await publisher.publish(dead_exchange(app), letter.routing_key, copy, message.body)

    return await _moved(connection, places, wanted, order, stop, tell, bury)


async def _moved(
    connection: Connection,
    places: tuple[Source, ...],
    wanted: Filter,
    order: Order,
    stop: asyncio.Event,
    tell: Tell,
    carry: CarryLetter,
) -> Moved:
    def is_meant(letter: Letter) -> bool:
        return letter.work is not None and wanted.takes(letter)

    moving = Moving(connection, is_meant, order.rate, stop, carry)
    return await all_of(moving, places, wanted.limit, tell)
