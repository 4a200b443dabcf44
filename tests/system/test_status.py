"""`status`, with real processes and a real broker: what runs, what does not, and what is wrong."""

import asyncio
import json
import signal
from collections.abc import Callable
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import declare
from runtime.amqp.link import connected
from schemas.names import WorkQueue
from schemas.topology import topology
from tests.system.processes import begun, environment, finished, ingress, spawn, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER


async def told(url: str, app: str) -> dict[str, Any]:
    """Return what `status --json` says."""
    code, out, err = await finished("hookline-workers", "status", "--json", env=of(url, app))
    assert 0 == code, err
    return dict(json.loads(out))


async def watched(
    url: str, app: str, holds: Callable[[dict[str, Any]], bool], seconds: float = 30
) -> dict[str, Any]:
    """Watch what `status` says until it is as it should be, and return it."""
    line = ("hookline-workers", "status", "--watch", "--json")
    watching = await begun(*line, env=of(url, app))
    assert watching.stdout is not None
    try:
        async with asyncio.timeout(seconds):
            async for said in watching.stdout:
                told = dict(json.loads(said))
                if holds(told):
                    return told
        raise AssertionError("it has ended")
    finally:
        watching.kill()
        await watching.communicate()


def of(url: str, app: str) -> dict[str, str]:
    """Return the environment of a command for this app."""
    return environment(url, APP=app)


def row(status: dict[str, Any], consumer: str, topic: str) -> dict[str, Any]:
    """Return the row of one queue."""
    rows = [(one["consumer"], one["topic"], one) for one in status["queues"]]
    (found,) = [one for name, of_topic, one in rows if (name, of_topic) == (consumer, topic)]
    return dict(found)


async def test_status_shows_what_runs_what_died_and_what_is_wrong(
    url: str, app: str, record: Record
) -> None:
    consumers = ("--consumer", "taker", "--consumer", "picky", "--consumer", "slow")
    async with (
        ingress(url, APP=app) as door,
        worker(url, *consumers, "--processes", "2", APP=app) as workers,
    ):
        await door.accepted("orders/create", ORDER, app=app)
        await door.accepted("refunds/create", ORDER, app=app)
        await workers.event("delivery.dead", consumer="picky")
        await handled(record, "slow begins")

        def is_all_told(seen: dict[str, Any]) -> bool:
            is_counted = row(seen, "picky", "orders/create")["dead_hour"] == 1
            holds = row(seen, "slow", "orders/create")["running"] == 1
            has_topics = seen["unrouted"]["topics"] == ["refunds/create"]
            return all((is_counted, holds, has_topics))

        seen = await watched(url, app, is_all_told)
        taker = row(seen, "taker", "orders/create")
        assert ("consuming", 2, 0, 0) == (
            taker["state"],
            taker["workers"],
            taker["ready"],
            taker["lag_ms"],
        )
        assert 1 == row(seen, "picky", "orders/create")["dead"]
        assert 1 == len(seen["doors"])
        assert 1 == seen["unrouted"]["count"]
        sentences = [one["sentence"] for one in seen["problems"]]
        assert [
            "picky orders/create: 1 dead letter in the last hour, 1 there now",
            "1 webhook lies unrouted; no consumer takes refunds/create",
        ] == sentences

        code, out, _ = await finished("hookline-workers", "status", env=of(url, app))
        assert 0 == code
        assert "picky" in out
        assert sentences[0] in out
        record.touch(".go")


@pytest.mark.slow("a killed process is dead after 15 s; test_pulse and test_rows hold what is told")
async def test_lag_is_true_when_nothing_runs_any_more(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    """A worker is killed, and webhooks come: they have waited since it was last seen, at most."""
    async with ingress(url, APP=app) as door:
        async with worker(url, "--consumer", "slow", APP=app) as workers:
            await door.accepted("orders/create", ORDER, app=app)
            await handled(record, "slow begins")

            def is_held(seen: dict[str, Any]) -> bool:
                return bool(row(seen, "slow", "orders/create")["running"] == 1)

            await watched(url, app, is_held)
            workers.process.kill()
        await door.accepted("orders/create", ORDER, app=app)

        def is_dead(seen: dict[str, Any]) -> bool:
            found = row(seen, "slow", "orders/create")
            return bool(found["workers"] == 0 and found["ready"] == 2)

        seen = await watched(url, app, is_dead, 40)
        found = row(seen, "slow", "orders/create")
        assert "nobody consumes" == found["state"]
        assert found["lag_ms"] >= 15_000, "it was killed longer ago than a process takes to be dead"
        (problem,) = seen["problems"]
        assert problem["sentence"].startswith("slow orders/create: nobody consumes it, 2 wait, for")


async def test_an_installation_without_a_pulse_runs_and_says_so(
    url: str, app: str, record: Record
) -> None:
    """An operator has declared an older topology, and nobody else may."""
    queues = [WorkQueue(app, "taker", topic) for topic in ("orders.create", "carts.update")]
    async with connected([url], "test") as connection:
        await declare(KeptChannel.on(connection), topology(app, queues))

    async with (
        ingress(url, APP=app, DECLARE="verify") as door,
        worker(url, "--consumer", "taker", APP=app, DECLARE="verify") as workers,
    ):
        for process in (door, workers):
            warned = await process.event("pulse.not_written")
            assert f"{app}.pulse" in warned["stream"]
            assert "NOT_FOUND" in warned["error"]
        await door.accepted("orders/create", ORDER, app=app)
        await handled(record, "taker")
        assert 200 == await door.admin("/readyz")

        seen = await told(url, app)
        assert not seen["has_pulse"]
        assert 1 == row(seen, "taker", "orders/create")["workers"]
        assert ["no pulse"] == [one["sentence"][:8] for one in seen["problems"]]


@pytest.mark.slow("three beats; the writer's own tests hold that it declares the stream again")
async def test_a_pulse_that_is_deleted_is_made_again(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    async with ingress(url, APP=app):

        def is_heard(seen: dict[str, Any]) -> bool:
            return len(seen["doors"]) == 1

        await watched(url, app, is_heard)
        await amqp.queue_delete(f"{app}.pulse")
        await watched(url, app, is_heard, 40)


async def test_garbage_in_the_pulse_is_passed_over(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    async with ingress(url, APP=app) as door, worker(url, "--consumer", "taker", APP=app):
        exchange = await amqp.get_exchange(f"{app}.pulse", ensure=False)
        for body in (b"", b"garbage", b'{"v": 1}', b"\x78\x9c\x03\x00\x00\x00\x00\x01"):
            await exchange.publish(aio_pika.Message(body), "")
        await door.accepted("orders/create", ORDER, app=app)
        await handled(record, "taker")

        def is_told(seen: dict[str, Any]) -> bool:
            done = row(seen, "taker", "orders/create")["done_a_minute"]
            accepted = [one["accepted_a_minute"] for one in seen["doors"]]
            return bool(done and any(accepted))

        await watched(url, app, is_told)  # by beats that were written behind it


async def test_watching_says_it_again_and_ends_in_order_when_interrupted(
    url: str, app: str
) -> None:
    async with worker(url, "--consumer", "taker", APP=app):
        watching = await spawn(
            "hookline-workers", "status", "--watch", "--json", env=environment(url, APP=app)
        )
        assert watching.stdout is not None
        for _ in range(2):
            line = await asyncio.wait_for(watching.stdout.readline(), 30)
            assert app == json.loads(line)["app"]
        watching.send_signal(signal.SIGINT)
        assert 0 == await asyncio.wait_for(watching.wait(), 30)
