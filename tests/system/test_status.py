"""`status`, with real processes and a real broker: what runs, what does not, and what is wrong."""

import asyncio
import json
import signal
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import declare
from runtime.amqp.link import connected
from schemas.names import WorkQueue
from schemas.topology import topology
from tests.system.processes import environment, finished, ingress, spawn, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER
from tests.system.waiting import until


async def told(url: str, app: str) -> dict[str, Any]:
    """Return what `status --json` says."""
    code, out, err = await finished("hookline-workers", "status", "--json", env=of(url, app))
    assert 0 == code, err
    return dict(json.loads(out))


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

        async def all_told() -> dict[str, Any] | None:
            seen = await told(url, app)
            is_counted = row(seen, "picky", "orders/create")["dead_hour"] == 1
            holds = row(seen, "slow", "orders/create")["running"] == 1
            has_topics = seen["unrouted"]["topics"] == ["refunds/create"]
            return seen if is_counted and holds and has_topics else None

        seen = await until(all_told, what="the pulse of all processes")
        assert seen is not None
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


async def test_lag_is_true_when_nothing_runs_any_more(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    """A worker is killed, and webhooks come: they have waited since it was last seen, at most."""
    async with ingress(url, APP=app) as door:
        async with worker(url, "--consumer", "slow", APP=app) as workers:
            await door.accepted("orders/create", ORDER, app=app)
            await handled(record, "slow begins")

            async def is_seen() -> bool:
                held = row(await told(url, app), "slow", "orders/create")["running"]
                return bool(held == 1)

            await until(is_seen, what="what the worker holds")
            workers.process.kill()
        await door.accepted("orders/create", ORDER, app=app)

        async def nobody() -> dict[str, Any] | None:
            found = row(await told(url, app), "slow", "orders/create")
            is_dead = found["workers"] == 0 and found["ready"] == 2
            return found if is_dead else None

        found = await until(nobody, 40, "the worker is dead by its pulse")
        assert found is not None
        assert "nobody consumes" == found["state"]
        assert found["lag_ms"] >= 15_000, "it was killed longer ago than a process takes to be dead"
        (problem,) = (await told(url, app))["problems"]
        assert problem["sentence"].startswith("slow orders/create: nobody consumes it, 2 wait, for")


async def test_an_installation_without_a_pulse_runs_and_says_so_once(
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
        assert 1 == len(door.events("pulse.not_written"))
        assert 1 == len(workers.events("pulse.not_written"))


async def test_a_pulse_that_is_deleted_is_made_again(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    async with ingress(url, APP=app):

        async def is_heard() -> bool:
            return len((await told(url, app))["doors"]) == 1

        await until(is_heard, what="the ingress in the pulse")
        await amqp.queue_delete(f"{app}.pulse")
        await until(is_heard, 40, "the ingress in the pulse again")


async def test_garbage_in_the_pulse_is_passed_over(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    async with ingress(url, APP=app), worker(url, "--consumer", "taker", APP=app):
        exchange = await amqp.get_exchange(f"{app}.pulse", ensure=False)

        async def is_heard() -> bool:
            seen = await told(url, app)
            workers = row(seen, "taker", "orders/create")["workers"]
            return (1, 1) == (workers, len(seen["doors"]))

        await until(is_heard, what="both in the pulse")
        for body in (b"", b"garbage", b'{"v": 1}', b"\x78\x9c\x03\x00\x00\x00\x00\x01"):
            await exchange.publish(aio_pika.Message(body), "")
        assert await is_heard()


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
