"""A downstream that dies: attempts stop in every worker, nothing dies, and all is done later."""

import json
from pathlib import Path

import pytest
from aio_pika.abc import AbstractChannel

from tests.system.broker import ready
from tests.system.pages import counted, page
from tests.system.processes import environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.waiting import until

CONSUMERS = """
import json, os, time
from tenacity import stop_after_attempt, wait_fixed
from workers import Breaker, Delivery, RetryPolicy, consumer

@consumer(
    "orders/create",
    timeout=1,
    breaker=Breaker(open_for=1, longest=2),
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
QUEUE = "{app}.frail.orders.create"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a consumer whose downstream is down until a file is there."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "consumers.py").write_text(CONSUMERS)
    return folder


def keep_open(shop: Path) -> None:
    """Have the breaker stay open for as long as a test lasts."""
    (shop / "consumers.py").write_text(CONSUMERS.replace("open_for=1, longest=2", "open_for=600"))


async def test_while_it_is_down_attempts_stop_in_all_workers_and_nothing_dies(
    url: str, app: str, record: Record, shop: Path
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, cwd=shop, APP=app) as one,
        worker(url, cwd=shop, APP=app) as other,
    ):
        ids = set()
        for number in range(100):
            ids.add(await door.accepted("orders/create", b'{"id": %d}' % number, app=app))

        for process in (one, other):
            await process.event("breaker.opened")
            assert 200 == (await page(process, "/readyz"))[0]

        # The one whose word stands last probes, over and over, and the other one hears of it.
        async def is_probed_thrice() -> bool:
            return len(one.events("breaker.probing")) + len(other.events("breaker.probing")) >= 3

        await until(is_probed_thrice)
        failed = len(record.lines("failed"))
        assert failed < 70, "both have found it out by then, and probed three times"
        assert 0 in {len(process.events("breaker.probing")) for process in (one, other)}

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
            assert 1 == len({event["by"] for event in process.events("breaker.closed")})

    assert ids == {line["id"] for line in done}
    assert 100 == len(done)


async def test_a_worker_that_starts_while_it_is_open_takes_nothing_until_an_operator_resumes(
    url: str, app: str, record: Record, shop: Path, amqp: AbstractChannel
) -> None:
    keep_open(shop)
    queue = QUEUE.format(app=app)

    async def all_wait() -> bool:
        return await ready(amqp, queue) == 60

    async with ingress(url, APP=app) as door:
        async with worker(url, cwd=shop, APP=app) as one:
            for number in range(60):
                await door.accepted("orders/create", b'{"id": %d}' % number, app=app)
            opened = await one.event("breaker.opened")
            assert (1, queue) == (opened["times"], opened["queue"])
            await until(all_wait)  # all retries are back, and the others were told long ago
            assert 0 == await one.stop()

        failed = len(record.lines())
        async with worker(url, cwd=shop, APP=app) as other:
            told = await other.event("breaker.opened")
            assert opened["by"] == told["by"]
            assert 590 < told["seconds"]
            assert 2 == await counted(other, "hookline_breaker_state", consumer="frail")

            await until(all_wait)
            assert failed == len(record.lines())

            env = environment(url, APP=app)

            async def is_shown() -> bool:
                _, out, _ = await finished("hookline-workers", "status", env=env)
                return "frail orders/create: its breaker is open until 20" in out

            await until(is_shown, what="the worker's next beat")

            record.touch(".up")
            by = ("--by", "ann@desk")
            code, out, err = await finished("hookline-workers", "resume", "frail", *by, env=env)
            assert (0, "resumed frail") == (code, out.splitlines()[0]), err
            closed = await other.event("breaker.closed", seconds=2)
            assert "ann@desk" == closed["by"]
            await handled(record, "done", 60)

        code, out, err = await finished("hookline-workers", "log", "--json", env=env)
        records = [json.loads(line) for line in out.splitlines()]
    assert ["declared", "opened", "closed", "resumed"] == [one["what"] for one in records]
