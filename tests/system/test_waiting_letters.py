"""What waits on the ladder: seen, tried at once, given up on, and lost by none of it."""

import asyncio
import json
import signal
from time import time
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel

from runtime.amqp.link import connected
from tests.system.laid import AFTER, MANY, declared, ended_midway, ids_in, letters, queue_of
from tests.system.processes import environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import SHOP
from tests.system.waiting import until
from workers.broker.browse import browsing

HOUR = 3_600


async def wait(amqp: AbstractChannel, app: str, numbers: range, rung: int = HOUR) -> None:
    """Have webhooks wait on a rung for their third attempt."""
    exchange = await amqp.get_exchange(f"{app}.retry.{rung}s", ensure=False)
    now_ms = int(time() * 1000)

    def message(number: int) -> aio_pika.Message:
        headers: dict[str, Any] = {
            "webhook-id": f"w{number}",
            "webhook-shop": SHOP,
            "webhook-received-ms": now_ms,
            "webhook-first-ms": now_ms,
            "webhook-attempt": 3,
            "webhook-consumer": "taker",
            "webhook-error": "TimeoutError: no end after 30 s",
            "webhook-waiting-ms": now_ms,
        }
        return aio_pika.Message(
            b"{}",
            headers=headers,
            content_type="application/json",
            type="orders/create",
            app_id=app,
            delivery_mode=2,
        )

    key = queue_of(app).name
    await asyncio.gather(*(exchange.publish(message(number), key) for number in numbers))


async def waiting(url: str, app: str, *arguments: str) -> tuple[int, str, str]:
    """Run a command on what waits to its end."""
    return await finished("hookline-workers", "waiting", *arguments, env=environment(url, APP=app))


async def test_what_waits_is_listed_with_its_attempt_its_error_and_when_it_is_due(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await declared(url, app)
    await wait(amqp, app, range(2))
    await wait(amqp, app, range(2, 3), rung=60)
    code, out, err = await waiting(url, app, "list", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert (0, "", ["w2", "w0", "w1"]) == (code, err, [row["id"] for row in rows])
    assert ("taker", "orders/create", SHOP, 3) == tuple(
        rows[1][name] for name in ("consumer", "topic", "shop", "attempt")
    )
    assert "TimeoutError: no end after 30 s" == rows[1]["error"]
    assert rows[1]["due"].startswith("59m")
    for filter_, count in {
        ("--consumer", "taker"): 3,
        ("--consumer", "picky"): 0,
        ("--error", "no end", "--limit", "1"): 1,
        ("--shop", "another"): 0,
        ("--topic", "orders/create", "--id", "w1"): 1,
    }.items():
        code, out, _ = await waiting(url, app, "list", "--json", *filter_)
        assert (0, count) == (code, len(out.splitlines())), filter_
    assert 2 == (await waiting(url, app, "list", "--reason", "crashed"))[0]


async def test_what_a_handler_failed_at_says_so_while_it_waits_and_is_tried_at_once_on_request(
    url: str, app: str, record: Record
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "hourly", APP=app),
    ):
        identity = await door.accepted("orders/create", b'{"id": 1}', app=app)
        await handled(record, "hourly")

        async def listed() -> str:
            return (await waiting(url, app, "list", "--json"))[1]

        row = json.loads(await until(listed, what="a retry that waits"))
        assert (identity, 2, "Retry: not yet") == (row["id"], row["attempt"], row["error"])
        assert 0 == (await waiting(url, app, "now", "--id", identity))[0]
        lines = await handled(record, "hourly", 2)
    assert [1, 2] == [line["attempt"] for line in lines]


async def test_what_is_cancelled_is_dead_and_can_be_replayed(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await declared(url, app)
    await wait(amqp, app, range(3))
    assert 2 == (await waiting(url, app, "cancel"))[0]
    code, _, err = await waiting(url, app, "cancel", "--all", "--dry-run")
    assert (0, "dry run, nothing done: 3 to cancel\n") == (code, err)
    assert 0 == (await waiting(url, app, "cancel", "--id", "w1"))[0]
    code, out, _ = await letters(url, app, "list", "--reason", "cancelled", "--json")
    row = json.loads(out)
    assert ("w1", "cancelled", 2, "TimeoutError: no end after 30 s") == tuple(
        row[name] for name in ("id", "reason", "attempt", "error")
    )
    assert 0 == (await letters(url, app, "replay", "--reason", "cancelled"))[0]
    assert {"w1": 1} == await ids_in(url, queue_of(app).name)


async def test_what_falls_due_while_it_is_looked_at_is_neither_lost_nor_doubled(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await declared(url, app)
    await wait(amqp, app, range(20), rung=2)
    async with connected([url], "test") as connection:
        async with browsing(connection, f"{app}.retry.2s") as messages:
            assert 20 == len([message async for message in messages])
            await asyncio.sleep(3)  # the point is that their time is over
            assert not await ids_in(url, queue_of(app).name)

    async def back() -> bool:
        return 20 == (await ids_in(url, queue_of(app).name)).total()

    await until(back, what="all that were held")
    assert {f"w{number}": 1 for number in range(20)} == await ids_in(url, queue_of(app).name)


@pytest.mark.parametrize("action", ["now", "cancel"])
async def test_a_move_that_is_killed_in_between_loses_none(
    url: str, app: str, amqp: AbstractChannel, action: str
) -> None:
    await declared(url, app)
    await wait(amqp, app, range(MANY))
    queue = queue_of(app)
    to = {"now": queue.name, "cancel": queue.dead}[action]
    arguments = (action, "--consumer", "taker", "--rate", "2000", "--json")
    code = await ended_midway(url, app, "waiting", *arguments, by=signal.SIGKILL)
    assert -signal.SIGKILL == code

    moved = await ids_in(url, to)
    left = await ids_in(url, f"{app}.retry.{HOUR}s")
    ids = {f"w{number}" for number in range(MANY)}
    assert ids == moved.keys() | left.keys()
    assert AFTER <= moved.total() < MANY
    assert moved.total() + left.total() <= MANY + 1

    assert 0 == (await waiting(url, app, *arguments))[0]
    assert ids == (await ids_in(url, to)).keys()
    assert 0 == (await ids_in(url, f"{app}.retry.{HOUR}s")).total()
