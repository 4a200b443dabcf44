"""How much lies where: one worker of an app shows it for all, and another where that one dies."""

import asyncio
import signal
from pathlib import Path

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel

from deploy.local.rabbitmq import Node
from schemas.roles import Role, permissions
from tests.system.broker import as_user, let_in
from tests.system.pages import counted
from tests.system.process import Process
from tests.system.processes import environment, finished, worker
from tests.system.waiting import until

LYING = {"taker.orders.create": 2, "dead.picky.orders.create": 3, "retry.86400s": 4}
"""What a test puts where, by name."""
RUN = ("--consumer", "third_time_lucky")


async def put(amqp: AbstractChannel, app: str, url: str) -> None:
    """Declare everything, and lay messages down."""
    env = environment(url, APP=app)
    declared = await finished("hookline-workers", "topology", "declare", "consumers", env=env)
    assert 0 == declared[0], declared
    for name, count in LYING.items():
        for _ in range(count):
            await amqp.default_exchange.publish(aio_pika.Message(b"{}"), f"{app}.{name}")


async def shows(process: Process, app: str) -> bool:
    """Tell whether a worker shows how much lies on the ladder."""
    return await counted(process, "hookline_waiting", app=app, rung="86400s") == 4


async def test_a_worker_with_the_permissions_of_its_role_shows_how_much_lies_in_every_queue(
    node: Node, url: str, app: str, amqp: AbstractChannel, tmp_path: Path
) -> None:
    await put(amqp, app, url)
    let_in(node, tmp_path, {app: permissions(app, Role.WORKER)})
    limited = as_user(url, app)
    async with worker(limited, *RUN, APP=app, DECLARE="verify") as hands:
        await until(lambda: shows(hands, app), what="depths")
        assert 3 == await counted(hands, "hookline_dead_letters", app=app)
        assert 2 == await counted(hands, "hookline_queue_ready", app=app, consumer="taker")
        assert 4 == await counted(hands, "hookline_waiting", app=app)


@pytest.mark.slow("a dead process is one after 15 s; test_who_counts guards the taking over")
async def test_where_the_worker_that_counts_is_killed_another_goes_on(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await put(amqp, app, url)
    async with (
        worker(url, *RUN, APP=app, DECLARE="verify") as first,
        worker(url, *RUN, APP=app, DECLARE="verify") as second,
    ):

        async def counting() -> list[Process]:
            both = (first, second)
            told = await asyncio.gather(*(shows(one, app) for one in both))
            found = [one for one, is_told in zip(both, told, strict=True) if is_told]
            return found if len(found) == 1 else []

        (one,) = await until(counting, 60, "exactly one counts") or []
        other = second if one is first else first
        one.signal(signal.SIGKILL)
        await one.ended()
        await until(lambda: shows(other, app), 60, "the other counts")
