"""Partitions with real workers and a real broker: divided fairly, taken over, handed over."""

import asyncio
import signal
from collections import Counter
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelNotFoundEntity

from schemas.bucket import bucket
from tests.system.broker import ready
from tests.system.process import Process
from tests.system.processes import environment, finished, spawn, worker
from tests.system.record import Record
from tests.system.shops import SHOPS, Shops
from tests.system.waiting import until

HERE = Path(__file__).parent / "partitioned"
PARTITIONS = 8


class Crew:
    """Workers of one app that come and go while shops fire."""

    def __init__(self, url: str, app: str, record: Record, stack: AsyncExitStack) -> None:
        self.killed: set[int] = set()
        self._url = url
        self._app = app
        self._record = record
        self._stack = stack
        self._workers: list[Process] = []

    async def join(self, count: int) -> None:
        """Have further workers come."""
        erp = ("--consumer", "erp")
        starting = [worker(self._url, *erp, cwd=HERE, APP=self._app) for _ in range(count)]
        self._workers += [await self._stack.enter_async_context(one) for one in starting]

    async def stop(self) -> None:
        """Have the first one end in order."""
        assert 0 == await self._workers.pop(0).stop()

    async def kill(self) -> None:
        """Have the first one end at once."""
        gone = self._workers.pop(0)
        self.killed.add(gone.process.pid)
        gone.signal(signal.SIGKILL)
        await gone.ended()

    async def divides(self, *shares: int) -> None:
        """Wait until the workers that live handle so many partitions each."""
        seen = len(self._record.lines("begins"))

        async def are_divided() -> bool:
            owners = self._owners(seen)
            has = Counter(owners.values())
            alive = {one.process.pid for one in self._workers}
            return has.keys() == alive and sorted(shares) == sorted(has.values())

        await until(are_divided, 60, f"{shares} partitions; there are {self._owners(seen)}")

    def _owners(self, seen: int) -> dict[int, int]:
        """Return by partition which process began the last webhook of it, lately."""
        lines = self._record.lines("begins")[seen:]
        return {bucket(line["shop"]) % PARTITIONS: line["pid"] for line in lines[-2 * SHOPS :]}


def overlapping(record: Record, killed: set[int]) -> list[dict[str, Any]]:
    """Return what began while another handler of the same shop was under way.

    What was under way when its process was killed has no end.
    """
    under_way: dict[str, dict[str, Any]] = {}
    found = []
    for line in record.lines():
        before = under_way.pop(line["shop"], None)
        if line["who"] == "begins":
            if before is not None and before["pid"] not in killed:
                found.append(line)
            under_way[line["shop"]] = line
    return found


def orders(record: Record) -> dict[str, list[str]]:
    """Return by shop the ids in the order in which they were first begun."""
    begun: dict[str, list[str]] = {}
    for line in record.lines("begins"):
        ids = begun.setdefault(line["shop"], [])
        if line["id"] not in ids:
            ids.append(line["id"])
    return begun


async def all_handled(record: Record, shops: Shops) -> None:
    """Wait until all that was fired has been handled."""
    fired = {one for ids in shops.fired.values() for one in ids}

    async def are_handled() -> bool:
        return fired == {line["id"] for line in record.lines("ends")}

    await until(are_handled, 60, "all are handled")


async def test_workers_divide_partitions_fairly_and_no_two_handle_one_shop_at_once(
    url: str, app: str, record: Record
) -> None:
    """While they start, stop and are killed; every webhook is handled, each shop's in its order."""
    async with AsyncExitStack() as stack:
        crew = Crew(url, app, record, stack)
        await crew.join(1)
        async with Shops(url, app, pause=0.5) as shops:
            await crew.divides(8)
            await crew.join(3)
            await crew.divides(2, 2, 2, 2)
            await crew.stop()
            await crew.divides(3, 3, 2)
            await crew.kill()
            await crew.divides(4, 4)

        await all_handled(record, shops)
    assert [] == overlapping(record, crew.killed)
    assert shops.fired == orders(record)


async def much_lies_in_new_ones(amqp: AbstractChannel, app: str) -> bool:
    """Tell whether the partitions that come behind the first eight hold webhooks."""
    wanted = [f"{app}.erp.orders.create.p{number}" for number in range(8, 16)]
    try:
        counts = [await ready(amqp, queue) for queue in wanted]
    except ChannelNotFoundEntity:
        await amqp.reopen()
        return False
    return sum(counts) > 50


async def partitioned(url: str, app: str, count: int) -> str:
    """Change the number of partitions; return what the command printed."""
    return await ordered(url, app, "topology", "partition", "erp", "--into", str(count))


async def ordered(url: str, app: str, *line: str) -> str:
    """Give an order, and return what the command printed."""
    code, out, err = await finished("hookline-workers", *line, env=environment(url, APP=app))
    assert 0 == code, out + err
    return out


async def test_partitions_grow_and_shrink_under_traffic_and_each_shop_keeps_its_order(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    """Nothing is lost, nothing handled twice, and no two handle one shop at once."""
    async with AsyncExitStack() as stack:
        crew = Crew(url, app, record, stack)
        await crew.join(2)
        async with Shops(url, app, pause=1) as shops:
            # So that the old ones hold much when the new ones begin to get some.
            await ordered(url, app, "pause", "erp")
            await shops.go_on(200)
            growing = asyncio.create_task(partitioned(url, app, 16))
            await until(lambda: much_lies_in_new_ones(amqp, app), what="buckets at p8 to p15")
            await ordered(url, app, "resume", "erp")
            assert "has 16 partitions now" in await growing

            assert "has 8 partitions now" in await partitioned(url, app, 8)
            assert "has 8 partitions" in await partitioned(url, app, 8)

        await all_handled(record, shops)
        assert 0 == await ready(amqp, f"{app}.unrouted")
    handled = Counter(line["id"] for line in record.lines("ends"))
    assert {1} == set(handled.values())
    assert [] == overlapping(record, set())
    assert shops.fired == orders(record)


async def killed(url: str, app: str, count: int, after: float) -> None:
    """Begin to change the number of partitions, and kill the command so many seconds later."""
    line = ("topology", "partition", "erp", "--into", str(count))
    process = await spawn("hookline-workers", *line, env=environment(url, APP=app))
    with suppress(TimeoutError):
        await asyncio.wait_for(process.communicate(), after)
    if process.returncode is None:
        process.kill()
        await process.communicate()


@pytest.mark.slow("test_bucket_moves tries every instant of the bindings")
async def test_the_change_may_be_killed_at_any_instant_and_is_run_again(
    url: str, app: str, record: Record
) -> None:
    """So may a worker meanwhile."""
    async with AsyncExitStack() as stack:
        crew = Crew(url, app, record, stack)
        await crew.join(2)
        async with Shops(url, app, pause=1) as shops:
            for count in (16, 8):
                for after in (0.9, 1.4, 2.2, 3.5, 6.0):
                    await killed(url, app, count, after)
                await crew.kill()
                await crew.join(1)
                await partitioned(url, app, count)

        await all_handled(record, shops)
    assert [] == overlapping(record, crew.killed)
    assert shops.fired == orders(record)
