"""What may die, and what must not: processes killed, links cut, queues deleted, and every answered
webhook handled.
"""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import aio_pika
import aiohttp
import pytest
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelNotFoundEntity

from deploy.local.rabbitmq import Node
from ingress.signature import sign
from schemas.quorum import DELIVERY_LIMIT
from tests.faults.proxy import proxy
from tests.system.broker import message_in
from tests.system.door import Ingress
from tests.system.processes import environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER, SECRET, SHOP
from tests.system.waiting import until


async def flood(door: Ingress, app: str, stop: asyncio.Event) -> tuple[list[str], Counter[int]]:
    """Post until told to stop; return the ids that were answered 200, and how often each status
    came.
    """
    accepted: list[str] = []
    statuses = Counter[int]()
    while not stop.is_set():
        body = b'{"id": %d}' % statuses.total()
        try:
            answer = await door.post("orders/create", body, app=app)
        except aiohttp.ClientConnectionError:
            statuses[0] += 1
            continue
        statuses[answer.status] += 1
        if answer.status == 200:
            accepted.append((await answer.json())["id"])
        await asyncio.sleep(0.005)
    return accepted, statuses


async def test_a_worker_killed_in_mid_handler_loses_nothing(
    url: str, app: str, record: Record
) -> None:
    async with ingress(url, APP=app) as door:
        async with worker(url, "--consumer", "killed_once", APP=app) as workers:
            ids = {
                await door.accepted("orders/create", b'{"id": %d}' % number, app=app)
                for number in range(8)
            }
            await handled(record, "killed_once", 4)
            workers.signal(signal.SIGKILL)
            assert await workers.ended() == -signal.SIGKILL
        record.touch(".killed")
        async with worker(url, "--consumer", "killed_once", APP=app):
            survivors = await handled(record, "survivor", 8)
    assert ids == {line["id"] for line in survivors}


async def test_what_the_broker_itself_gives_up_on_is_listed_as_crashed_and_replayed(
    url: str, app: str, amqp: AbstractChannel, record: Record
) -> None:
    env = environment(url, APP=app)
    assert 0 == (await finished("hookline-workers", "topology", "declare", "consumers", env=env))[0]
    async with ingress(url, APP=app) as door:
        identity = await door.accepted("orders/create", ORDER, app=app)
    queue = await amqp.get_queue(f"{app}.taker.orders.create", ensure=False)
    for _ in range(DELIVERY_LIMIT + 1):
        message = await until(lambda: queue.get(fail=False), what="the message is back")
        assert message is not None
        await message.reject(requeue=True)
    letters = ("hookline-workers", "dead-letters")
    chosen = ("--consumer", "taker", "--topic", "orders/create")

    async def listed() -> str:
        return (await finished(*letters, "list", *chosen, "--json", env=env))[1]

    line = json.loads(await until(listed, what="a dead letter"))
    assert (identity, "crashed") == (line["id"], line["reason"])
    assert 0 == (await finished(*letters, "replay", *chosen, env=env))[0]
    async with worker(url, "--consumer", "taker", APP=app):
        (handling,) = await handled(record, "taker")
    assert identity == handling["id"]


@pytest.mark.slow("the fault scenario `broker killed and started` asks for more")
async def test_a_stopped_broker_costs_503s_and_no_webhook(
    node: Node, url: str, app: str, record: Record
) -> None:
    stop = asyncio.Event()
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "taker", APP=app) as workers,
    ):
        flooding = asyncio.create_task(flood(door, app, stop))
        await handled(record, "taker", 20)
        await asyncio.to_thread(node.stop)
        await workers.event("broker.lost", role="consume")
        assert await door.admin("/healthz") == 200
        await until(lambda: _status(door, "/readyz", 503))
        await asyncio.to_thread(node.start)
        await until(lambda: _status(door, "/readyz", 200), 60)
        before = len(record.lines("taker"))
        await handled(record, "taker", before + 20, 60)
        stop.set()
        accepted, statuses = await flooding

        async def all_handled() -> bool:
            return set(accepted) <= {line["id"] for line in record.lines("taker")}

        await until(all_handled, 60, "every 200 handled")
    assert statuses[503] > 0
    assert {200, 503} == set(statuses)


async def _status(door: Ingress, path: str, wanted: int) -> bool:
    return await door.admin(path) == wanted


async def test_commands_wait_for_a_broker_that_is_not_there_yet(
    node: Node, url: str, app: str, record: Record
) -> None:
    async with AsyncExitStack() as stack:
        link = await stack.enter_async_context(proxy(node.port))
        link.refusing = True
        behind = url.replace(str(node.port), str(link.port))
        door = await stack.enter_async_context(ingress(behind, APP=app, ready=False))
        run = worker(behind, "--consumer", "taker", APP=app, ready=False)
        await stack.enter_async_context(run)

        answer = await door.post("orders/create", ORDER, app=app)
        assert (503, "broker_unavailable") == (answer.status, (await answer.json())["error"])
        assert answer.headers["Retry-After"].isdecimal()
        link.heal()
        await until(lambda: _status(door, "/readyz", 200), 60)
        identity = await door.accepted("orders/create", ORDER, app=app)
        (line,) = await handled(record, "taker", seconds=60)
    assert identity == line["id"]


async def test_a_blocked_broker_is_answered_503_and_not_ready(
    node: Node, url: str, app: str, record: Record
) -> None:
    async with (
        ingress(url, APP=app, CONFIRM_TIMEOUT="1") as door,
        worker(url, "--consumer", "taker", APP=app),
    ):
        await asyncio.to_thread(node.ctl, "set_vm_memory_high_watermark", "0.0000001")
        try:
            assert (await door.post("orders/create", b'{"id": 1}', app=app)).status == 503
            await until(lambda: _status(door, "/readyz", 503))
            assert (await door.post("orders/create", b'{"id": 2}', app=app)).status == 503
        finally:
            await asyncio.to_thread(node.ctl, "set_vm_memory_high_watermark", "0.4")
        await until(lambda: _status(door, "/readyz", 200))
        identity = await door.accepted("orders/create", b'{"id": 3}', app=app)

        async def came() -> bool:
            return identity in {line["id"] for line in record.lines("taker")}

        await until(came)


async def test_a_draining_ingress_finishes_what_it_accepted(url: str, app: str) -> None:
    async with ingress(url, APP=app) as door:
        async with slow_body(door, app) as finish:
            door.signal(signal.SIGTERM)
            await until(lambda: _refused(door))
            assert b"200 OK" in await finish()
            assert await door.ended() == 0


async def _refused(door: Ingress) -> bool:
    """Whether a new connection is refused by now."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", door.port)
    except ConnectionRefusedError:
        return True
    writer.close()
    await writer.wait_closed()
    return False


@asynccontextmanager
async def slow_body(door: Ingress, app: str) -> AsyncIterator[Callable[[], Awaitable[bytes]]]:
    """Post an order but for its last byte; yield what sends that one and returns the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    lines = [
        f"POST /webhooks/{app} HTTP/1.1",
        "Host: x",
        "Content-Type: application/json",
        "X-Spiffy-Topic: orders/create",
        f"X-Spiffy-Shop-Domain: {SHOP}",
        f"X-Spiffy-Hmac-Sha256: {sign(ORDER, SECRET.encode())}",
        f"Content-Length: {len(ORDER)}",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode() + ORDER[:-1])
    await writer.drain()

    async def finish() -> bytes:
        writer.write(ORDER[-1:])
        return await reader.read(4096)

    yield finish
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("hurry", [False, True], ids=["the time is up", "a second signal"])
async def test_a_drain_that_is_cut_off_gives_the_webhook_back(
    url: str,
    app: str,
    record: Record,
    hurry: bool,
) -> None:
    limit = "600" if hurry else "0.2"
    async with ingress(url, APP=app) as door:
        async with worker(url, "--consumer", "slow", APP=app, DRAIN_TIMEOUT=limit) as workers:
            identity = await door.accepted("orders/create", ORDER, app=app)
            await handled(record, "slow begins")
            workers.signal(signal.SIGTERM)
            await workers.event("worker.draining")
            if hurry:
                workers.signal(signal.SIGTERM)
            assert await workers.ended() == 3
        record.touch(".go")
        async with worker(url, "--consumer", "slow", APP=app):
            (line,) = await handled(record, "slow ends")
    assert identity == line["id"]


async def test_a_webhook_handled_while_the_broker_is_away_is_settled_once_when_it_is_back(
    node: Node, url: str, app: str, record: Record
) -> None:
    async with ingress(url, APP=app) as door, worker(url, "--consumer", "slow", APP=app) as workers:
        identity = await door.accepted("orders/create", ORDER, app=app)
        await handled(record, "slow begins")
        await asyncio.to_thread(node.stop)
        await workers.event("broker.lost", role="consume")
        record.touch(".go")
        await workers.event("delivery.outlived")
        await asyncio.to_thread(node.start)
        await workers.event("delivery.done", 60, id=identity)
        assert await workers.stop() == 0
    assert [identity] == [line["id"] for line in record.lines("slow begins")]


async def test_a_deleted_queue_is_noticed_declared_again_and_consumed(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "taker", APP=app) as workers,
    ):
        await amqp.queue_delete(f"{app}.taker.orders.create")
        await workers.event("queue.lost")
        ids = {
            await door.accepted("orders/create", b'{"id": %d}' % number, app=app)
            for number in range(20)
        }
        lines = await handled(record, "taker", 20, 60)
    assert ids == {line["id"] for line in lines}


async def test_a_deleted_dead_queue_holds_a_letter_up_but_does_not_lose_it(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    async with ingress(url, APP=app) as door, worker(url, "--consumer", "picky", APP=app):
        await amqp.queue_delete(f"{app}.dead.picky.orders.create")
        identity = await door.accepted("orders/create", ORDER, app=app)
        await handled(record, "picky")

        async def declared() -> bool:
            with suppress(ChannelNotFoundEntity):
                async with (
                    await aio_pika.connect(url) as connection,
                    connection.channel() as channel,
                ):
                    return bool(await channel.get_queue(f"{app}.dead.picky.orders.create"))
            return False

        await until(declared)
        letter = await message_in(amqp, f"{app}.dead.picky.orders.create")
    assert identity == letter.headers["webhook-id"]
    assert 1 == len(record.lines("picky"))


@pytest.mark.slow(
    "six deploys; one is cut off above, and test_drain holds that no crash is counted"
)
async def test_a_handler_that_deploys_cut_off_again_and_again_is_no_crash(
    url: str, app: str, record: Record
) -> None:
    """Before RabbitMQ 4.3 a hand-back counts as a failed delivery; after five of those a webhook
    would be dead.
    """
    async with ingress(url, APP=app) as door:
        identity = await door.accepted("orders/create", ORDER, app=app)
        for deploy in range(1, 7):
            async with worker(url, "--consumer", "slow", APP=app, DRAIN_TIMEOUT="0.1") as workers:
                await handled(record, "slow begins", deploy)
                workers.signal(signal.SIGTERM)
                assert await workers.ended() == 3
                assert [] == workers.events("delivery.dead")
        record.touch(".go")
        async with worker(url, "--consumer", "slow", APP=app):
            (line,) = await handled(record, "slow ends")
    assert (identity, 1) == (line["id"], line["attempt"])
