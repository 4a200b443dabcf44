"""A downstream that dies: attempts stop, nothing dies, and all is done once it is back."""

import asyncio
from pathlib import Path

import pytest
from aio_pika.abc import AbstractChannel

from tests.system.pages import counted, page
from tests.system.processes import ingress, worker
from tests.system.record import Record, handled
from tests.system.waiting import until

CONSUMERS = """
import json, os, time
from tenacity import stop_after_attempt, wait_fixed
from workers import Breaker, Delivery, RetryPolicy, consumer

@consumer(
    "orders/create",
    breaker=Breaker(pause=2, longest=4),
    retry=RetryPolicy(wait=wait_fixed(1), stop=stop_after_attempt(9)),
)
async def frail(delivery: Delivery[bytes]) -> None:
    is_up = os.path.exists(os.environ["RECORD"] + ".up")
    line = {"who": "done" if is_up else "failed", "id": delivery.webhook.id, "at": time.time()}
    with open(os.environ["RECORD"], "a", encoding="utf-8") as file:
        file.write(json.dumps(line | {"pid": os.getpid(), "attempt": delivery.attempt}) + "\\n")
    if not is_up:
        raise ConnectionError("the ERP is down")
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a consumer whose downstream is down until a file is there."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "consumers.py").write_text(CONSUMERS)
    return folder


async def test_while_it_is_down_attempts_stop_in_all_workers_and_nothing_dies(
    url: str, app: str, record: Record, shop: Path, amqp: AbstractChannel
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, cwd=shop, APP=app) as one,
        worker(url, cwd=shop, APP=app) as other,
    ):
        ids = set()
        for number in range(100):
            ids.add(await door.accepted("orders/create", b'{"id": %d}' % number, app=app))

        async def both_are_open() -> bool:
            names = ("breaker.opened", "breaker.opened_elsewhere")
            return all(any(map(process.events, names)) for process in (one, other))

        await until(both_are_open)
        assert 200 == (await page(one, "/readyz"))[0]

        # Several times over: a probe each, and no more.
        for process in (one, other):
            await process.event("breaker.probing")

        async def opened_often() -> bool:
            return len(one.events("breaker.opened")) + len(other.events("breaker.opened")) >= 4

        await until(opened_often)
        failed = len(record.lines("failed"))
        record.touch(".up")
        done = await handled(record, "done", 100, seconds=60)

        async def both_are_closed() -> bool:
            states = [
                await counted(process, "hookline_breaker_state", consumer="frail")
                for process in (one, other)
            ]
            return states == [0, 0]

        await until(both_are_closed)
        for process in (one, other):
            assert [] == process.events("delivery.dead")

    assert ids == {line["id"] for line in done}
    assert 100 == len(done)
    assert failed < 90, "without a breaker, a hundred webhooks fail a hundred times a second"


async def test_a_worker_that_starts_while_it_is_open_takes_nothing(
    url: str, app: str, record: Record, shop: Path
) -> None:
    lasting = CONSUMERS.replace("pause=2, longest=4", "pause=600")
    (shop / "consumers.py").write_text(lasting)
    async with ingress(url, APP=app) as door:
        async with worker(url, cwd=shop, APP=app) as one:
            for number in range(60):
                await door.accepted("orders/create", b'{"id": %d}' % number, app=app)
            await one.event("breaker.opened")
            await one.stop()

        failed = len(record.lines())
        async with worker(url, cwd=shop, APP=app) as other:
            await other.event("breaker.opened_elsewhere")
            await asyncio.sleep(0.5)
            assert failed == len(record.lines())
            assert 2 == await counted(other, "hookline_breaker_state", consumer="frail")
