"""Ordered partitions with real workers and a real broker: each shop's order, whoever dies."""

import signal
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.system.process import Process
from tests.system.processes import environment, finished, worker
from tests.system.record import Record
from tests.system.shops import Shops
from tests.system.waiting import until

HERE = Path(__file__).parent / "in_order"
CONCLUSIONS = ("takes effect", "rejects")


class Crew:
    """Workers of one app that come, go and are killed while shops fire."""

    def __init__(self, url: str, app: str, record: Record, stack: AsyncExitStack) -> None:
        self._url = url
        self._app = app
        self._record = record
        self._stack = stack
        self._workers: list[Process] = []

    async def join(self) -> None:
        """Have another worker come."""
        one = await self._stack.enter_async_context(worker(self._url, cwd=HERE, APP=self._app))
        self._workers.append(one)

    async def stop(self) -> None:
        """Have the first one end in order."""
        assert 0 == await self._workers.pop(0).stop()

    async def kill(self) -> None:
        """Have the first one end at once."""
        gone = self._workers.pop(0)
        gone.signal(signal.SIGKILL)
        await gone.ended()

    async def handles(self, further: int) -> None:
        """Wait until so many further attempts have ended, by every worker that lives."""
        seen = len(self._record.lines())

        async def have_all() -> bool:
            lines = self._record.lines()[seen:]
            alive = {one.process.pid for one in self._workers}
            return len(lines) >= further and alive <= {line["pid"] for line in lines}

        await until(have_all, 60, f"{further} further lines, by all of the workers")


def conclusions(record: Record) -> dict[str, list[str]]:
    """Return by shop the ids in the order in which each took effect, or was given up, first."""
    concluded: dict[str, list[str]] = {}
    for line in record.lines():
        ids = concluded.setdefault(line["shop"], [])
        if line["who"] in CONCLUSIONS and line["id"] not in ids:
            ids.append(line["id"])
    return concluded


async def all_concluded(record: Record, shops: Shops) -> None:
    """Wait until all that was fired has taken effect, or was given up."""
    fired = {one for ids in shops.fired.values() for one in ids}

    async def are_concluded() -> bool:
        return fired == {line["id"] for line in record.lines() if line["who"] in CONCLUSIONS}

    await until(are_concluded, 90, "all take effect")


async def test_each_shops_webhooks_take_effect_in_their_order_whatever_fails_and_whoever_dies(
    url: str, app: str, record: Record
) -> None:
    """Workers come, end and are killed, and partitions move between them."""
    async with AsyncExitStack() as stack:
        crew = Crew(url, app, record, stack)
        await crew.join()
        async with Shops(url, app, pause=0.2) as shops:
            await crew.handles(100)
            await crew.join()
            await crew.handles(100)
            await crew.kill()
            await crew.join()
            await crew.handles(100)
            await crew.stop()
            await crew.handles(100)

        await all_concluded(record, shops)
    assert shops.fired == conclusions(record)


@pytest.mark.slow("test_partitions grows and shrinks them, and the test above keeps the order")
async def test_partitions_grow_and_shrink_and_each_shop_keeps_its_order(
    url: str, app: str, record: Record
) -> None:
    """What is held of a partition is handled before another one has its shops."""
    async with AsyncExitStack() as stack:
        crew = Crew(url, app, record, stack)
        for _ in range(2):
            await crew.join()
        async with Shops(url, app, pause=0.2) as shops:
            await crew.handles(100)
            for count in ("8", "2"):
                line = ("topology", "partition", "erp", "--into", count)
                env = environment(url, APP=app)
                code, told, err = await finished("hookline-workers", *line, env=env)
                assert 0 == code, told + err
                assert f"has {count} partitions now" in told
                await crew.handles(100)

        await all_concluded(record, shops)
    assert shops.fired == conclusions(record)
