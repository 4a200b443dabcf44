"""Webhooks that come twice take effect once: real workers, real stores, and workers that die."""

import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from aio_pika.abc import AbstractChannel

from runtime.amqp.link import connected
from schemas.names import WorkQueue
from shop.booking import TABLES
from tests.faults.proxy import proxy
from tests.system.broker import ready
from tests.system.door import Ingress
from tests.system.laid import dead_letter, letters
from tests.system.pages import counted
from tests.system.process import Process
from tests.system.processes import ingress, worker
from tests.system.record import Record, handled
from tests.system.servers import REDIS, books_of, keys
from tests.system.waiting import until
from workers.broker.browse import browsing

HERE = Path(__file__).parent
TOPIC = "orders/create"
EVERY_LINE = pytest.mark.slow("a minute; every ninth line in `make test`")
LINES = [{"sku": "mug", "quantity": 2}, {"sku": "pot", "quantity": 1}]


@pytest.fixture
async def books() -> AsyncIterator[asyncpg.Connection]:
    """The books that the example writes to, with nothing in them."""
    async with books_of(TABLES) as connection:
        yield connection


def order(number: int) -> bytes:
    """Return an order with two lines."""
    fields = {"id": number, "name": f"#{number}", "total_price": "9.50", "line_items": LINES}
    return json.dumps(fields).encode()


async def _all_settled(process: Process, amqp: AbstractChannel, queue: str) -> None:
    """Wait until nothing lies in a queue, and nothing of it is under way."""

    async def nothing_left() -> bool:
        if await ready(amqp, queue):
            return False
        return await counted(process, "hookline_handlers_running") == 0

    await until(nothing_left, what=f"nothing left in {queue}")


async def _is_done(process: Process) -> bool:
    """Wait for what becomes of a delivery; tell whether the worker lived to see it done."""

    async def done_or_dead() -> str:
        if process.process.returncode is not None:
            return "dead"
        return "done" if process.events("delivery.done") else ""

    return await until(done_or_dead, what="done or dead") == "done"


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=[EVERY_LINE, pytest.mark.timeout(400)])])
async def test_a_crash_between_any_two_lines_leaves_each_order_booked_once(
    url: str,
    app: str,
    amqp: AbstractChannel,
    books: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    step: int,
) -> None:
    number = 0
    is_done = False
    async with ingress(url, APP=app) as door:
        while not is_done:
            # Each worker dies some lines later, and leaves its order to the one after it.
            number += 1
            line = 1 + (number - 1) * step
            monkeypatch.setenv("CRASH_ORDER", str(number))
            monkeypatch.setenv("CRASH_LINE", str(line))
            async with worker(url, cwd=HERE / "crashing", APP=app) as dying:
                await _all_settled(dying, amqp, f"{app}.booking.orders.create")
                dying.logs.clear()
                await door.accepted(TOPIC, order(number), app=app)
                is_done = await _is_done(dying)

    rows = await books.fetch("SELECT id, count(*) AS n FROM orders GROUP BY id ORDER BY id")
    assert [(one, 1) for one in range(1, number + 1)] == [tuple(row) for row in rows]
    assert 2 * number == await books.fetchval("SELECT count(*) FROM lines")
    assert line > 40, "lines of the handler, of the claim, and of the settling"


CONSUMERS = """
import asyncio, json, os
from workers import Delivery, Once, Reject, consumer
from workers.stores.redis import RedisStore

STORE = RedisStore(os.environ["CLAIMS"], prefix=os.environ["PREFIX"])
OPTIONS = json.loads(os.environ.get("OPTIONS", "{}"))

@consumer("orders/create", timeout=3, once=Once(STORE, **OPTIONS))
async def erp(delivery: Delivery[bytes]) -> None:
    line = {"who": "erp", "id": delivery.webhook.id, "pid": os.getpid()}
    with open(os.environ["RECORD"], "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\\n")
    if os.path.exists(os.environ["RECORD"] + ".hang"):
        await asyncio.sleep(60)
    if os.path.exists(os.environ["RECORD"] + ".reject"):
        raise Reject("unknown SKU")
"""


@pytest.fixture
async def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """A folder with a consumer that keeps its claims in Redis."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "consumers.py").write_text(CONSUMERS)
    async with keys() as prefix:
        monkeypatch.setenv("CLAIMS", REDIS)
        monkeypatch.setenv("PREFIX", prefix)
        yield folder


@pytest.fixture
def by_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have equal bodies be one."""
    options = json.dumps({"key": "digest", "window": "10m"})
    monkeypatch.setenv("OPTIONS", options)


async def _twice(door: Ingress, app: str) -> list[str]:
    return [await door.accepted(TOPIC, order(1), app=app) for _ in range(2)]


@pytest.mark.usefixtures("by_digest")
async def test_a_body_that_the_platform_sends_twice_is_handled_once_by_many_workers(
    url: str, app: str, record: Record, shop: Path
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, cwd=shop, APP=app) as one,
        worker(url, cwd=shop, APP=app) as other,
    ):
        ids = await _twice(door, app)
        ids += await _twice(door, app)

        async def all_settled() -> bool:
            settled = {
                event["id"]
                for process in (one, other)
                for name in ("delivery.done", "delivery.duplicate")
                for event in process.events(name)
            }
            return settled == set(ids)

        await until(all_settled, what="one is done, and the others are duplicates")
        assert 4 == len(set(ids))
        assert 1 == len(record.lines("erp"))


@pytest.mark.slow("20 s; test_claiming and test_stores guard each half of it")
async def test_a_claim_of_a_worker_that_is_killed_ends_and_its_webhook_runs_then(
    url: str, app: str, record: Record, shop: Path
) -> None:
    record.touch(".hang")
    async with ingress(url, APP=app) as door:
        async with worker(url, cwd=shop, APP=app) as dying:
            webhook_id = await door.accepted(TOPIC, order(1), app=app)
            await handled(record, "erp")
            dying.signal(signal.SIGKILL)
            await dying.ended()

        Path(f"{record.path}.hang").unlink()
        async with worker(url, cwd=shop, APP=app) as heir:
            await heir.event("delivery.deferred", id=webhook_id)
            assert 1 == len(record.lines("erp"))
            await heir.event("delivery.done", seconds=60, id=webhook_id, attempt=1)
            assert 2 == len(record.lines("erp"))


async def test_an_operators_replay_runs_what_is_known_as_done_where_he_says_again(
    url: str, app: str, amqp: AbstractChannel, record: Record, shop: Path
) -> None:
    queue = WorkQueue(app, "erp", "orders.create")
    async with ingress(url, APP=app) as door, worker(url, cwd=shop, APP=app) as process:
        webhook_id = await door.accepted(TOPIC, order(1), app=app)
        await process.event("delivery.done", id=webhook_id)

        await _lay(amqp, queue, webhook_id)
        await letters(url, app, "replay", "--id", webhook_id, "--yes")
        await process.event("delivery.duplicate", id=webhook_id)
        assert 1 == len(record.lines("erp"))

        await _lay(amqp, queue, webhook_id)
        record.touch(".reject")
        await letters(url, app, "replay", "--id", webhook_id, "--yes", "--again", "--name", "INC-1")
        await process.event("delivery.dead", id=webhook_id)
        assert 2 == len(record.lines("erp"))

    async with connected([url], "test") as connection, browsing(connection, queue.dead) as found:
        (letter,) = [message.headers async for message in found]
    assert "INC-1" == letter["webhook-replay"]
    assert "webhook-again" not in letter


async def _lay(amqp: AbstractChannel, queue: WorkQueue, webhook_id: str) -> None:
    """Lay a letter of a webhook that was done, as an import of one that was exported would."""
    exchange = await amqp.get_exchange(f"{queue.app}.dead", ensure=False)
    await exchange.publish(dead_letter(queue.app, 1, id=webhook_id), queue.name)


WAIT = pytest.param("wait", marks=pytest.mark.slow("test_claiming has it without the wait"))


@pytest.mark.parametrize("away", ["run", WAIT])
async def test_with_the_store_away_a_worker_does_as_its_author_says_and_its_metrics_say_so(
    url: str,
    app: str,
    record: Record,
    shop: Path,
    monkeypatch: pytest.MonkeyPatch,
    away: str,
) -> None:
    monkeypatch.setenv("OPTIONS", json.dumps({"away": away, "patience": 0.3}))
    async with proxy(urlsplit(REDIS).port or 6379) as link:
        monkeypatch.setenv("CLAIMS", f"redis://127.0.0.1:{link.port}/0")
        async with ingress(url, APP=app) as door, worker(url, cwd=shop, APP=app) as process:
            first = await door.accepted(TOPIC, order(1), app=app)
            await process.event("delivery.done", id=first)

            link.silence()
            second = await door.accepted(TOPIC, order(2), app=app)
            if away == "run":
                await process.event("delivery.done", id=second)
            else:
                await process.event("delivery.deferred", id=second)
                assert 1 == len(record.lines("erp"))
            await process.event("once.store_away")
            result = {"run": "ran_unclaimed", "wait": "waited"}[away]
            assert 1 <= await counted(process, "hookline_once_claims_total", result=result)

            link.heal()
            third = await door.accepted(TOPIC, order(3), app=app)
            for webhook_id in (second, third):
                await process.event("delivery.done", id=webhook_id, attempt=1)
            assert 0 == await process.stop()
    assert 3 == len(record.lines("erp"))
