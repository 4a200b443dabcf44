"""Sharing limits: a worker of ours beside real ones, over a real broker."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import time

import pytest

from runtime.amqp.pulse import Pulse
from runtime.lifetime import end_tasks
from runtime.this_process import PROCESS
from schemas.pulse import Beat, ProcessKind, QueueBeat
from schemas.pulse_records import encode
from tests.system.processes import worker
from tests.system.waiting import until
from workers import Delivery, consumer
from workers.broker.link import ReconnectingLink
from workers.broker.living import Living
from workers.limiter import Limiter
from workers.roll import Roll
from workers.shares import Shares

RUN = ("--consumer", "one_a_shop")


@consumer("orders/create", per_shop=6)
async def one_a_shop(delivery: Delivery[bytes]) -> None:
    """Stand for the consumer that the others run."""


@asynccontextmanager
async def sharing(url: str, app: str) -> AsyncIterator[Limiter]:
    """Share the consumer's limits, as a worker that writes its pulse."""

    async def beat() -> bytes:
        queues = {f"{app}.one_a_shop.orders.create": QueueBeat()}
        return encode(Beat(int(time() * 1000), PROCESS, ProcessKind.WORKER, queues=queues))

    limiter = Limiter(one_a_shop)
    link = ReconnectingLink([url], "publish")
    roll = Roll(PROCESS)
    living = Living(app, link.connection, roll, lambda: None)
    shares = Shares({"one_a_shop": limiter}, roll, living)
    pulse = Pulse(app, beat, 10.0, declares=True)
    declared = asyncio.Event()
    declared.set()
    tasks = [
        asyncio.create_task(link.run()),
        asyncio.create_task(pulse.keep(link.connection)),
        asyncio.create_task(living.keep()),
        asyncio.create_task(shares.keep(declared)),
    ]
    try:
        yield limiter
    finally:
        await end_tasks(tasks)


@pytest.mark.slow("a worker is dead after 9 s; test_roll and test_shares guard what is counted")
async def test_a_worker_shares_with_those_that_come_and_no_more_with_one_that_is_killed(
    url: str, app: str
) -> None:
    async with (
        worker(url, *RUN, APP=app),
        sharing(url, app) as limiter,
    ):

        async def shares_among(workers: int) -> None:
            async def does() -> bool:
                return limiter.workers == workers

            await until(does, 20, f"shared among {workers}; is {limiter.workers}")

        await shares_among(2)
        async with worker(url, *RUN, APP=app) as second:
            await shares_among(3)
            second.signal(signal.SIGKILL)
            await second.ended()
            await shares_among(2)
