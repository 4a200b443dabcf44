"""How much lies where, and for how long: what one worker shows of it, for all."""

import asyncio
import math
import signal

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel

from tests.system.pages import counted
from tests.system.process import Process
from tests.system.processes import environment, finished, worker
from tests.system.waiting import until

LYING = {"taker.orders.create": 2, "dead.picky.orders.create": 3, "retry.86400s": 4}
"""What a test puts where, by name."""


async def put(amqp: AbstractChannel, app: str, url: str) -> None:
    """Declare everything, and lay messages down."""
    env = environment(url, APP=app)
    declared = await finished("hookline-workers", "topology", "declare", "consumers", env=env)
    assert 0 == declared[0], declared
    for name, count in LYING.items():
        for _ in range(count):
            message = aio_pika.Message(b"{}", expiration=None)
            await amqp.default_exchange.publish(message, f"{app}.{name}")


async def shows(process: Process, app: str) -> bool:
    """Tell whether a worker shows how much lies on the ladder."""
    return await counted(process, "hookline_waiting", app=app, rung="86400s") == 4


async def test_one_worker_shows_how_much_lies_in_every_queue_of_the_app(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await put(amqp, app, url)
    async with worker(url, "--consumer", "third_time_lucky", APP=app, DECLARE="verify") as hands:
        await until(lambda: shows(hands, app), what="depths")
        assert 3 == await counted(hands, "hookline_dead_letters", app=app)
        assert 3 == await counted(hands, "hookline_dead_letters", app=app, consumer="picky")
        assert 2 == await counted(hands, "hookline_queue_ready", app=app, consumer="taker")
        assert 4 == await counted(hands, "hookline_waiting", app=app)

        lag = await counted(hands, "hookline_lag_seconds", app=app, consumer="taker")
        assert not math.isnan(lag)  # nobody consumes it, and yet somebody tells


@pytest.mark.slow("waits for a look, which is 15 s; test_seat guards the taking over")
async def test_where_the_worker_that_counts_dies_another_goes_on(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    await put(amqp, app, url)
    run = ("--consumer", "third_time_lucky")
    async with (
        worker(url, *run, APP=app, DECLARE="verify") as first,
        worker(url, *run, APP=app, DECLARE="verify") as second,
    ):

        async def counting() -> list[Process]:
            both = (first, second)
            told = await asyncio.gather(*(shows(one, app) for one in both))
            return [one for one, is_told in zip(both, told, strict=True) if is_told]

        (one,) = await until(counting, what="one counts") or []
        other = second if one is first else first
        one.signal(signal.SIGKILL)
        await one.ended()
        await until(lambda: shows(other, app), 40, "the other counts")
