"""Ordering what workers do with their queues: pausing, resuming, setting; and what holds now.

Each order is one record of the app's control log. Workers take it up within two seconds, also those
that start later.
"""

from dataclasses import dataclass, replace
from time import time

from runtime.amqp.channels import channel_of
from runtime.amqp.link import Connection
from schemas.control import ControlState
from schemas.in_force import has_opened, queues_in_force
from schemas.limits import check_limit
from schemas.names import WorkQueue
from schemas.orders import Order, Ordered, Subject
from workers.broker import control as control_log
from workers.broker.publisher import Publisher
from workers.operate.targets import UnknownTarget, queues_meant, topic_name

CONFIRM_TIMEOUT = 10.0
"""Seconds for the broker to store an order."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an order is for: a consumer, or one of its topics (`orders/create`)."""

    consumer: str
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives an order, and why."""

    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """An order that is stored, and the queues that it is for."""

    order: Order
    queues: tuple[WorkQueue, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A queue, and the order that holds for it."""

    queue: WorkQueue
    order: Order


async def pause(
    connection: Connection, app: str, target: Target, giver: Giver, seconds: int | None = None
) -> Given:
    """Have workers take nothing of these queues, for so long or until `resume`.

    Raises UnknownTarget, and NotPublished where the order is not stored.
    """
    order = _order(Ordered.PAUSED, target, giver, seconds)
    return await _give(connection, app, target, order)


async def resume(connection: Connection, app: str, target: Target, giver: Giver) -> Given:
    """End what `pause` ordered for these queues, and close their breakers; raises as that does."""
    resumed = _order(Ordered.RESUMED, target, giver, None)
    closed = _order(Ordered.CLOSED, target, giver, None)
    return await _give(connection, app, target, resumed, closed)


async def set_concurrency(
    connection: Connection,
    app: str,
    target: Target,
    giver: Giver,
    concurrency: int | None,
    seconds: int | None = None,
) -> Given:
    """Have each worker run so many handlers of a queue at once; None: as many as is declared.

    Raises as `pause` does.
    """
    order = _order(Ordered.SET, target, giver, seconds, concurrency)
    return await _give(connection, app, target, order)


async def limit(
    connection: Connection,
    app: str,
    consumer: str,
    giver: Giver,
    name: str,
    value: str,
    seconds: int | None = None,
) -> Given:
    """Have all workers together keep a consumer's limit: `rate`, `per_shop` or `per_shop_rate`.

    `value` is as the decorator has it (`60/m`, `2`), `none` for no such limit, or empty for what is
    declared. Raises ValueError where it is none of these, and as `pause` does.
    """
    check_limit(name, value)
    target = Target(consumer)
    order = _order(Ordered.LIMITED, target, giver, seconds)
    return await _give(connection, app, target, replace(order, limit=name, value=value))


async def paused(connection: Connection, app: str) -> tuple[Held, ...]:
    """Return what is paused now, by queue; raises UnknownTarget where there is no control log."""
    state = await _state(connection, app)
    now_ms = int(time() * 1000)
    found = queues_in_force(state, Subject.PAUSE, now_ms)
    return tuple(Held(queue, order) for queue, order in found)


def _order(
    what: Ordered,
    target: Target,
    giver: Giver,
    seconds: int | None,
    concurrency: int | None = None,
) -> Order:
    now_ms = int(time() * 1000)
    until = None
    if seconds is not None:
        until = now_ms + seconds * 1000

    return Order(
        what=what,
        consumer=target.consumer,
        topic=topic_name(target.topic),
        by=giver.by,
        at=now_ms,
        until=until,
        reason=giver.reason,
        concurrency=concurrency,
    )


async def _give(
    connection: Connection, app: str, target: Target, order: Order, closed: Order | None = None
) -> Given:
    """Give an order; before it, where one of the queues' breakers has opened, that it is closed."""
    state = await _state(connection, app)
    queues = queues_meant(state, app, target.consumer, target.topic)

    publisher = Publisher.on(connection, CONFIRM_TIMEOUT)
    if closed is not None and has_opened(state, queues):
        await control_log.give(publisher, app, closed)
    await control_log.give(publisher, app, order)
    return Given(order, tuple(queues))


async def _state(connection: Connection, app: str) -> ControlState:
    async with channel_of(connection) as channel:
        state = await control_log.read(channel, app)
        if state is None:
            raise UnknownTarget(f"app {app}: the broker has no control log: no worker has run yet")
        return state
