"""What operators do with a consumer that has partitions: it is one consumer to them."""

import json
from pathlib import Path

import pytest
from aio_pika.abc import AbstractChannel

from schemas.bucket import bucket
from tests.system.broker import ready
from tests.system.processes import environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.waiting import until

HERE = Path(__file__).parent / "partitioned"
FRAIL = ("--consumer", "frail")


async def done(url: str, app: str, *line: str) -> str:
    """Run a command that succeeds; return what it printed."""
    env = environment(url, APP=app)
    code, out, err = await finished("hookline-workers", *line, env=env, cwd=HERE)
    assert 0 == code, out + err
    return out


async def test_its_dead_letters_lie_together_and_are_replayed_to_where_their_shops_are_now(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    dead = f"{app}.dead.frail.carts.update"

    async def are_dead() -> bool:
        return await ready(amqp, dead) == 3

    async with (
        ingress(url, APP=app) as door,
        worker(url, *FRAIL, cwd=HERE, APP=app),
    ):
        ids = [await door.accepted("carts/update", b"{}", app=app) for _ in range(3)]
        await until(are_dead, what="three dead letters")

        assert 3 == len((await done(url, app, "dead-letters", "list", "--json")).splitlines())
        await done(url, app, "topology", "partition", "frail", "--into", "8")
        record.touch(".fixed")
        await done(url, app, "dead-letters", "replay", "--consumer", "frail", "--all")
        lines = await handled(record, "mends", 3)
    assert set(ids) == {line["id"] for line in lines}
    assert 0 == await ready(amqp, dead)


async def test_it_is_declared_verified_shown_and_retired_as_a_whole(url: str, app: str) -> None:
    assert "are as they should be" in await done(url, app, "topology", "declare", "consumers")
    assert "are as they should be" in await done(url, app, "topology", "verify", "consumers")

    shown = await done(url, app, "topology", "show", "consumers")
    assert f"carts.update.* → {app}.frail.carts.update.buckets" in shown
    assert "carts.update.{1,3,5,7" in shown
    assert "2 partitions a topic" in await done(url, app, "check", "consumers")

    rows = json.loads(await done(url, app, "status", "--json"))["queues"]
    assert [("erp", 8), ("frail", 2)] == [(row["consumer"], len(row["partitions"])) for row in rows]

    told = await done(url, app, "topology", "retire", "frail")
    assert f"{app}.frail.carts.update.p1: retired, 0 dropped" in told
    rows = json.loads(await done(url, app, "status", "--json"))["queues"]
    assert ["erp"] == [row["consumer"] for row in rows]


async def test_who_had_one_queue_is_told_what_to_do_before_it_has_partitions(
    url: str, app: str
) -> None:
    await done(url, app, "topology", "declare", "whole")
    async with worker(url, *FRAIL, cwd=HERE, ready=False, APP=app) as partitioned:
        told = await partitioned.event("topology.differs")
        assert f"({app}.frail.carts.update) and asks for 2 partitions now" in told["difference"]
        assert 1 == await partitioned.ended()


@pytest.mark.slow("test_intakes holds where it goes; this waits for twenty seconds")
async def test_what_waited_while_partitions_grew_runs_where_its_shop_is_by_then(
    url: str, app: str
) -> None:
    moves = next(
        f"shop-{n}.spiffystores.com" for n in range(9) if bucket(f"shop-{n}.spiffystores.com") % 2
    )
    growing = HERE.parent / "growing"
    async with (
        ingress(url, APP=app) as door,
        worker(url, cwd=growing, APP=app) as one,
    ):
        waits = await door.accepted("carts/update", b"{}", app=app, X_Spiffy_Shop_Domain=moves)
        await one.event("delivery.retried", id=waits)
        told = await done(url, app, "topology", "partition", "patient", "--into", "2")
        assert "has 2 partitions now" in told

        await one.event("delivery.done", id=waits, attempt=2)
        (aside,) = one.events("delivery.aside")
        assert waits == aside["id"]
        assert 0 == await one.stop()
