"""What waits on the ladder: seen, tried at once, given up on, and lost by none of it."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import Iterable
from contextlib import aclosing
from time import time
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel

from runtime.amqp.link import connected
from schemas.names import WorkQueue, retry_exchange
from tests.system.broker import ready
from tests.system.laid import (
    ACKS_UNDER_WAY,
    AFTER,
    MANY,
    declared,
    ended_midway,
    ids_in,
    letters,
    queue_of,
)
from tests.system.processes import environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER, SHOP
from tests.system.waiting import until
from workers.broker.browse import browsing
from workers.commands.waiting import Act
from workers.dead_letters import Filter
from workers.letter import Letter, Source
from workers.operate.waiting import Order, cancel, hurry, rungs, waiting

HOUR = 3_600
SHORT = 2
"""Seconds of a rung whose retries fall due while a test looks at them."""


async def laid_on(
    amqp: AbstractChannel,
    app: str,
    rung: int,
    numbers: Iterable[int],
    *,
    consumer: str = "taker",
    due_ms: int | None = None,
) -> set[str]:
    """Have webhooks wait on a rung for their third attempt; return their ids."""
    exchange = await amqp.get_exchange(retry_exchange(app, rung), ensure=False)
    key = WorkQueue(app, consumer, "orders.create").name
    now_ms = int(time() * 1000)
    shared: dict[str, Any] = {
        "webhook-shop": SHOP,
        "webhook-received-ms": now_ms,
        "webhook-first-ms": now_ms,
        "webhook-attempt": 3,
        "webhook-consumer": consumer,
        "webhook-error": "TimeoutError: no end after 30 s",
        "webhook-waiting-ms": now_ms,
    }
    if due_ms is not None:
        shared["webhook-due-ms"] = due_ms

    async def lay(number: int) -> str:
        own = {"webhook-id": f"w{number}"}
        message = aio_pika.Message(
            b'{"id": %d}' % number,
            headers=shared | own,
            content_type="application/json",
            type="orders/create",
            app_id=app,
            delivery_mode=2,
        )
        await exchange.publish(message, key)
        return own["webhook-id"]

    return set(await asyncio.gather(*map(lay, numbers)))


async def until_there_are(count: int, amqp: AbstractChannel, queue: str) -> None:
    """Wait until so many messages of a queue are ready."""

    async def there_are() -> bool:
        return await ready(amqp, queue) == count

    await until(there_are, what=f"{count} in {queue}")


async def test_what_falls_due_while_it_is_looked_at_goes_on_once_the_look_ends(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await declared(url, app)
    rung = retry_exchange(app, SHORT)
    work = queue_of(app).name
    ids = await laid_on(amqp, app, SHORT, range(20))

    async with connected([url], "test") as connection:
        async with browsing(connection, rung) as messages:
            assert 20 == len([message async for message in messages])

            # What comes once these are held has gone on by itself when they are due.
            ids |= await laid_on(amqp, app, SHORT, range(20, 25))
            await until_there_are(5, amqp, work)

        await until_there_are(25, amqp, work)
    assert dict.fromkeys(ids, 1) == await ids_in(url, work)
    assert 0 == await ready(amqp, rung)


async def run(url: str, app: str, *arguments: str) -> tuple[int, str, str]:
    """Run a command on what waits to its end."""
    return await finished("hookline-workers", "waiting", *arguments, env=environment(url, APP=app))


async def test_what_waits_is_listed_by_what_is_asked_and_stays_where_it_is(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await declared(url, app)
    await laid_on(amqp, app, HOUR, range(2))
    await laid_on(amqp, app, 2 * HOUR, range(2, 3))

    for filter_, ids in {
        (): {"w0", "w1", "w2"},
        ("--consumer", "taker", "--topic", "orders/create", "--shop", SHOP): {"w0", "w1", "w2"},
        ("--consumer", "picky"): set(),
        ("--error", "NO END", "--id", "w1"): {"w1"},
        ("--error", "refused"): set(),
        ("--limit", "3", "--since", "1h"): {"w0", "w1", "w2"},
        ("--until", "1h"): set(),
    }.items():
        code, out, err = await run(url, app, "list", "--json", *filter_)
        found = {json.loads(line)["id"] for line in out.splitlines()}
        told = "" if ids else "nothing waits\n"
        assert (0, ids, told) == (code, found, err), filter_

    _, out, _ = await run(url, app, "list", "--limit", "3")
    *_, last = out.splitlines()
    assert {"w2", "3", "1h59m", "TimeoutError: no end after 30 s"} <= set(last.split("  "))
    assert 1 == len((await run(url, app, "list", "--limit", "1", "--json"))[1].splitlines())
    assert 2 == (await run(url, app, "list", "--consumer", "nobody"))[0]


async def test_what_is_listed_is_held_back_no_longer_than_it_takes_to_look(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await declared(url, app)
    await laid_on(amqp, app, HOUR, range(3))
    async with connected([url], "test") as connection:
        wanted = Filter()
        places = await rungs(connection, app, wanted)
        async with aclosing(waiting(connection, places, wanted)) as found:
            assert "w0" == (await anext(found)).id
            assert 3 == await ready(amqp, retry_exchange(app, HOUR))


async def test_what_failed_says_so_while_it_waits_and_is_tried_at_once_on_request(
    url: str, app: str, amqp: AbstractChannel, record: Record
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "hourly", APP=app) as workers,
    ):
        identity = await door.accepted("orders/create", ORDER, app=app)
        await workers.event("delivery.retried", id=identity)
        _, out, _ = await run(url, app, "list", "--json")
        row = json.loads(out)
        assert (identity, 2, "Retry: not yet") == (row["id"], row["attempt"], row["error"])
        assert row["due_in"].startswith("59m")

        code, _, err = await run(url, app, "now", "--id", identity, "--name", "INC-123")
        assert (0, "1 hurried\n") == (code, err)
        lines = await handled(record, "hourly", 2)
    assert [1, 2] == [line["attempt"] for line in lines]

    log = await finished("hookline-workers", "log", env=environment(url, APP=app))
    assert f"hurried 1 (id {identity}) as INC-123" in log[1]


async def test_what_is_longer_than_the_last_rung_is_tried_at_once_too(
    url: str, app: str, amqp: AbstractChannel, record: Record
) -> None:
    await declared(url, app)
    in_two_days_ms = int(time() * 1000) + 48 * HOUR * 1000
    await laid_on(amqp, app, 24 * HOUR, range(1), due_ms=in_two_days_ms)
    _, out, _ = await run(url, app, "list", "--json")
    assert json.loads(out)["due_in"].startswith("1d23h")

    async with worker(url, "--consumer", "taker", APP=app):
        assert 0 == (await run(url, app, "now", "--all"))[0]
        (line,) = await handled(record, "taker")
    assert 3 == line["attempt"]


async def test_what_is_cancelled_is_a_dead_letter_with_its_last_error(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await declared(url, app)
    await laid_on(amqp, app, HOUR, range(3))
    rung = retry_exchange(app, HOUR)
    assert 2 == (await run(url, app, "cancel"))[0]
    code, out, err = await run(url, app, "cancel", "--all", "--dry-run", "--json")
    assert (0, 3) == (code, json.loads(out)["count"])
    assert "dry run, nothing done: 3 to cancel\n" == err
    assert 3 == await ready(amqp, rung)

    assert 0 == (await run(url, app, "cancel", "--id", "w1"))[0]
    assert {"w0", "w2"} == (await ids_in(url, rung)).keys()
    _, out, _ = await letters(url, app, "list", "--reason", "cancelled", "--json")
    row = json.loads(out)
    assert ("w1", "taker", 3, "TimeoutError: no end after 30 s") == tuple(
        row[name] for name in ("id", "consumer", "attempt", "error")
    )
    assert 0 == (await letters(url, app, "replay", "--reason", "cancelled"))[0]
    assert {"w1": 1} == await ids_in(url, queue_of(app).name)


async def test_a_cancel_leaves_what_waits_for_a_retired_queue_alone_and_goes_on(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await declared(url, app)
    await laid_on(amqp, app, HOUR, range(1), consumer="retired")
    await laid_on(amqp, app, HOUR, range(1, 2))
    code, _, err = await run(url, app, "cancel", "--all")
    assert (0, "1 cancelled") == (code, err.splitlines()[-1])
    assert "left alone: 1 of queues that are retired" in err
    assert {"w0": 1} == await ids_in(url, retry_exchange(app, HOUR))


mixed = pytest.mark.slow("the same moves, and ends that test_letters tries")


@pytest.mark.parametrize(
    ("action", "ended_by"),
    [
        ("now", signal.SIGKILL),
        pytest.param("cancel", signal.SIGINT, marks=mixed),
        pytest.param("now", signal.SIGINT, marks=mixed),
        pytest.param("cancel", signal.SIGKILL, marks=mixed),
    ],
)
async def test_a_move_that_is_ended_in_between_loses_none_and_in_order_doubles_none(
    url: str, app: str, amqp: AbstractChannel, action: str, ended_by: signal.Signals
) -> None:
    await declared(url, app)
    ids = await laid_on(amqp, app, HOUR, range(MANY))
    rung = retry_exchange(app, HOUR)
    queue = queue_of(app)
    to = {"now": queue.name, "cancel": queue.dead}[action]
    arguments = (action, "--consumer", "taker", "--rate", "2000", "--json")
    code = await ended_midway(url, app, "waiting", *arguments, by=ended_by)

    moved = await ids_in(url, to)
    left = await ids_in(url, rung)
    assert ids == moved.keys() | left.keys()
    assert AFTER <= moved.total() < MANY
    doubled = moved.total() + left.total() - MANY
    if ended_by is signal.SIGKILL:
        assert -signal.SIGKILL == code
        assert doubled <= ACKS_UNDER_WAY
    else:
        assert (1, 0) == (code, doubled)

    code, _, err = await run(url, app, *arguments)
    assert (0, f"{left.total()} ") == (code, err[: len(f"{left.total()} ")]), err
    assert ids == (await ids_in(url, to)).keys()
    assert 0 == await ready(amqp, rung)


@pytest.mark.parametrize("move", [hurry, cancel])
async def test_what_falls_due_while_it_is_moved_is_afterwards_in_one_place(
    url: str, app: str, amqp: AbstractChannel, move: Act
) -> None:
    await declared(url, app)
    ids = await laid_on(amqp, app, SHORT, range(12))
    rung = Source.waiting(app, SHORT)
    queue = queue_of(app)
    slow = Order(rate=4)  # the last is held long after its time
    told = Counter[str]()

    def tell(letter: Letter, _: int | None) -> None:
        told[letter.id] += 1

    async with connected([url], "test") as connection:
        moved = await move(connection, app, (rung,), Filter(), slow, asyncio.Event(), tell)
    assert (told.total(), "") == (moved.count, moved.problem)

    async def is_empty() -> bool:
        return not await ready(amqp, rung.name)

    await until(is_empty, what="nothing on the rung")
    places = await ids_in(url, queue.name) + await ids_in(url, queue.dead)
    assert dict.fromkeys(ids, 1) == places
