"""Pausing, resuming and setting consumers while they work: real workers, a real broker."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from aio_pika.abc import AbstractChannel

from deploy.local.rabbitmq import Node
from tests.system.broker import ready
from tests.system.pages import counted, page
from tests.system.processes import environment, finished, ingress, spawn, worker
from tests.system.record import Record, handled
from tests.system.senders import Senders
from tests.system.waiting import until

TAKER = ("--consumer", "taker")


async def ordered(url: str, app: str, *line: str) -> str:
    """Give an order and return what the command printed."""
    env = environment(url, APP=app)
    code, out, err = await finished("hookline-workers", *line, env=env)
    assert 0 == code, err
    return out


async def test_paused_under_load_nothing_is_taken_and_nothing_lost_or_handled_twice(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    """Also by workers that start meanwhile; ingest goes on, and readiness stays green."""
    queue = f"{app}.taker.orders.create"
    async with worker(url, *TAKER, APP=app):
        pass  # so that nothing goes round by unrouted
    async with ingress(url, APP=app) as door, Senders(door.port, app) as senders:
        async with worker(url, *TAKER, APP=app) as first:
            await handled(record, "taker", 50)
            await ordered(url, app, "pause", "taker", "--reason", "ERP is down", "--by", "ann@desk")
            told = await first.event("queue.paused", seconds=2, queue=queue)
            assert ("ann@desk", "ERP is down", None) == (
                told["by"], told["reason"], told["until_ms"],
            )  # fmt: skip

            await senders.answered(50)
            taken = len(record.lines())
            await senders.answered(200)
            assert taken == len(record.lines())
            assert 200 == (await page(first, "/readyz"))[0]
            assert 1 == await counted(
                first, "hookline_paused", consumer="taker", topic="orders/create"
            )
            assert 0 == await first.stop()

        async with worker(url, *TAKER, APP=app) as second:
            await second.event("queue.paused", queue=queue)
            await senders.answered(200)
            await senders.end()
            assert taken == len(record.lines())

            accepted = senders.answers[200]
            assert {200} == set(senders.answers)

            async def all_lie() -> bool:
                return accepted - taken == await ready(amqp, queue)

            await until(all_lie, what="what was given back, by a rung, lies there again")
            await ordered(url, app, "resume", "taker")
            await second.event("queue.resumed", seconds=2, queue=queue)
            lines = await handled(record, "taker", accepted)
            assert 0 == await second.stop()
    assert accepted == len(lines) == len({line["id"] for line in lines})
    assert {1} == {line["attempt"] for line in lines}
    assert 0 == await ready(amqp, queue)


async def killed(url: str, app: str, *line: str, after: float) -> None:
    """Give an order, and kill the command so many seconds later, unless it has ended by then."""
    process = await spawn("hookline-workers", *line, env=environment(url, APP=app))
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), after)
    if process.returncode is None:
        process.kill()
    await process.communicate()


@pytest.mark.slow(
    "an order is one record, which is given or not; test_letters kills what moves letters"
)
async def test_orders_killed_at_any_instant_lose_nothing_and_double_nothing(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    async with (
        worker(url, *TAKER, APP=app) as workers,
        ingress(url, APP=app) as door,
        Senders(door.port, app) as senders,
    ):
        for tenths in range(1, 9):
            await killed(url, app, "pause", "taker", after=tenths / 10)
            await killed(url, app, "resume", "taker", after=tenths / 10)
        await senders.answered(1_000)
        await senders.end()

        # Each was given whole, or not at all: the next one that is given holds.
        await ordered(url, app, "pause", "taker")
        assert "taker orders/create: paused" in await ordered(url, app, "pause")
        await ordered(url, app, "resume", "taker")
        accepted = senders.answers[200]
        lines = await handled(record, "taker", accepted)
        assert 0 == await workers.stop()
    assert accepted == len(lines) == len({line["id"] for line in lines})
    assert {1} == {line["attempt"] for line in lines}
    assert 0 == await ready(amqp, f"{app}.taker.orders.create")


async def test_what_runs_when_it_is_paused_ends_and_a_pause_for_a_time_ends_by_itself(
    url: str, app: str, record: Record
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "slow", APP=app) as workers,
    ):
        first = await door.accepted("orders/create", b"{}", app=app)
        await handled(record, "slow begins")
        await ordered(url, app, "pause", "slow", "--topic", "orders/create", "--for", "5s")
        await workers.event("queue.paused", seconds=2)
        await door.accepted("orders/create", b"{}", app=app)
        record.touch(".go")
        (ended,) = await handled(record, "slow ends")
        assert first == ended["id"]
        assert [] == workers.events("queue.resumed")
        await handled(record, "slow ends", 2)
        assert 1 == len(workers.events("queue.resumed"))


async def test_a_pause_of_one_topic_leaves_the_consumers_others_alone(
    url: str, app: str, record: Record
) -> None:
    async with ingress(url, APP=app) as door, worker(url, *TAKER, APP=app) as workers:
        await ordered(url, app, "pause", "taker", "--topic", "orders/create")
        await workers.event("queue.paused")
        await door.accepted("orders/create", b"{}", app=app)
        await door.accepted("carts/update", b"{}", app=app)
        (line,) = await handled(record, "taker")
    assert "carts/update" == line["topic"]


async def test_orders_are_followed_again_after_links_and_the_log_itself_were_lost(
    node: Node, url: str, app: str, amqp: AbstractChannel
) -> None:
    queue = f"{app}.taker.orders.create"
    async with worker(url, *TAKER, APP=app) as workers:
        await asyncio.to_thread(node.ctl, "close_all_connections", "a test")
        await workers.event("broker.lost", role="publish")
        await ordered(url, app, "pause", "taker")
        await workers.event("queue.paused", queue=queue)
        await ordered(url, app, "resume", "taker")
        await workers.event("queue.resumed", seconds=2, queue=queue)
        told = len(workers.events("control.not_followed"))
        assert told <= 1

    async with worker(url, *TAKER, APP=app) as workers:
        channel = await _channel(url)
        await channel.queue_delete(f"{app}.control")
        await workers.event("control.not_followed")
        await channel.queue_delete(queue)  # so that all is declared again at once
        await workers.event("queue.lost")

        async def is_declared() -> bool:
            env = environment(url, APP=app)
            code, _, _ = await finished("hookline-workers", "pause", "taker", env=env)
            return code == 0

        await until(is_declared, what="a control log that knows the consumer")
        await workers.event("queue.paused")
        assert 1 == len(workers.events("control.not_followed"))


async def _channel(url: str) -> AbstractChannel:
    import aio_pika

    connection = await aio_pika.connect(url)
    return await connection.channel()


async def test_a_consumer_is_set_to_fewer_handlers_while_it_runs_and_back(
    url: str, app: str, record: Record
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "slow", APP=app) as workers,
    ):
        await ordered(url, app, "set", "slow", "concurrency=2", "--for", "1h")
        told = await workers.event("queue.set", seconds=2)
        assert 2 == told["concurrency"]
        for _ in range(6):
            await door.accepted("orders/create", b"{}", app=app)
        await handled(record, "slow begins", 2)

        # Until another consumer has taken the same six, these had every chance to begin.
        async with worker(url, *TAKER, APP=app):
            for _ in range(6):
                await door.accepted("orders/create", b"{}", app=app)
            await handled(record, "taker", 6)
        assert 2 == len(record.lines("slow begins"))

        await ordered(url, app, "set", "slow", "concurrency=default")
        await workers.event("queue.set", seconds=2, concurrency=16)
        await handled(record, "slow begins", 12)
        record.touch(".go")
        lines = await handled(record, "slow ends", 12)
    assert 12 == len({line["id"] for line in lines})


FOR_NOBODY = {
    ("pause", "taker", "--topic", "orders/paid"): "taker --topic orders/paid: no such queue",
    ("resume", "taker", "--topic", ""): "no such queue",
    ("set", "mail", "concurrency=4"): "mail: no such queue",
}


async def test_an_order_for_nobody_is_refused_with_who_is_there(url: str, app: str) -> None:
    env = environment(url, APP=app)
    await finished("hookline-workers", "topology", "declare", "consumers", env=env)
    for line, told in FOR_NOBODY.items():
        code, out, err = await finished("hookline-workers", *line, env=env)
        assert (2, "") == (code, out)
        assert told in err
        assert "taker carts/update, taker orders/create" in err

    code, out, err = await finished(
        "hookline-workers", "pause", "--topic", "orders/create", env=env
    )
    assert (2, "") == (code, out)
    assert "say which consumer" in err


@pytest.mark.parametrize("line", [("pause",), ("pause", "taker"), ("resume", "taker")])
async def test_where_no_worker_has_ever_run_there_is_nobody_to_order(
    url: str, app: str, line: tuple[str, ...]
) -> None:
    code, _, err = await finished("hookline-workers", *line, env=environment(url, APP=app))
    assert 2 == code
    assert "no control log" in err


async def test_what_is_paused_is_listed_and_who_did_what_is_told(url: str, app: str) -> None:
    env = environment(url, APP=app)
    await finished("hookline-workers", "topology", "declare", "consumers", env=env)
    code, out, err = await finished("hookline-workers", "pause", env=env)
    assert (0, "", "nothing is paused\n") == (code, out, err)

    by = ("--by", "ann@desk")
    await ordered(url, app, "pause", "taker", "--for", "2h", "--reason", "ERP\x1b[31m", *by)
    await ordered(url, app, "pause", "slow", *by)
    await ordered(url, app, "resume", "taker", "--topic", "carts/update", *by)
    await ordered(url, app, "set", "slow", "concurrency=4", *by)

    listed = (await ordered(url, app, "pause")).splitlines()
    assert ["slow orders/create", "taker orders/create"] == [one.split(":")[0] for one in listed]
    assert listed[0].endswith("by ann@desk until resumed")
    assert " until 20" in listed[1]
    assert listed[1].endswith(": ERP\\x1b[31m")

    log = (await ordered(url, app, "log", "--since", "1h")).splitlines()
    assert 5 == len(log)
    assert " declared " in log[0]
    assert [
        "ann@desk  paused slow",
        "ann@desk  resumed taker carts/update",
        "ann@desk  set slow concurrency=4",
    ] == [one.partition("Z  ")[2] for one in log[2:]]

    out = await ordered(url, app, "log", "--json")
    records: list[dict[str, Any]] = [json.loads(one) for one in out.splitlines()]
    assert ["declared", "paused", "paused", "resumed", "set"] == [one["what"] for one in records]
