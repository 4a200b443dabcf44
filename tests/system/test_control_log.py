"""The control log: who declared what, in which version; and brokers that hold another version."""

import asyncio
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelNotFoundEntity

from runtime.amqp.link import connected
from schemas import control, control_records
from schemas.names import control_stream
from tests.system.broker import control_log, message_in
from tests.system.processes import environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import Raw

FIRST_EDITION = Path(__file__).parents[1] / "first_edition"


async def exists(url: str, queue: str) -> bool:
    """Tell whether the broker has the queue."""
    with suppress(ChannelNotFoundEntity):
        async with await aio_pika.connect(url) as connection, connection.channel() as channel:
            return bool(await channel.get_queue(queue))
    return False


async def written(amqp: AbstractChannel, app: str, **record: Any) -> None:
    """Write a record as another program would."""
    name = control_stream(app)
    arguments: dict[str, Any] = {
        "x-queue-type": "stream",
        "x-max-length-bytes": 20_000_000,
        "x-stream-max-segment-size-bytes": 1_000_000,
    }
    exchange = await amqp.declare_exchange(name, "fanout", durable=True)
    queue = await amqp.declare_queue(name, durable=True, arguments=arguments)
    await queue.bind(exchange, "")
    await exchange.publish(
        aio_pika.Message(control_records.encode({"v": 1, "at": 1, "by": "test", **record})), ""
    )


async def test_workers_write_down_what_they_declare_once_however_often_they_start(
    url: str, app: str
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(worker(url, "--consumer", "taker", APP=app))
    first = await control_log(url, app)
    assert first is not None
    assert 2 == first.topology
    assert {f"{app}.taker.orders.create", f"{app}.taker.carts.update"} == first.wanted

    for _ in range(2):
        async with worker(url, "--consumer", "taker", APP=app):
            pass
    assert first == await control_log(url, app)


async def test_a_worker_that_starts_beside_others_of_another_consumer_keeps_what_they_wrote(
    url: str, app: str
) -> None:
    async with (
        worker(url, "--consumer", "taker", APP=app),
        worker(url, "--consumer", "picky", APP=app),
    ):
        state = await control_log(url, app)
    assert state is not None
    assert {
        f"{app}.taker.orders.create",
        f"{app}.taker.carts.update",
        f"{app}.picky.orders.create",
    } == state.wanted


async def test_a_long_log_is_read_from_its_last_restatement(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    """2,500 records: a worker that comes restates the state, and both it and the next reader know
    all of it.
    """
    await written(amqp, app, what="declared", topology=2, queues=[f"{app}.gone.orders.create"])
    async with connected([url], "test") as connection, connection.channel() as channel:
        exchange = await channel.get_exchange(control_stream(app), ensure=False)
        record = control_records.encode({"v": 1, "at": 1, "by": "test", "what": "noise"})
        await asyncio.gather(
            *(exchange.publish(aio_pika.Message(record), "") for _ in range(2_500))
        )
    async with worker(url, "--consumer", "taker", APP=app):
        state = await control_log(url, app)
    assert state is not None
    assert state.records < control.RESTATE_EVERY
    assert {
        f"{app}.gone.orders.create",
        f"{app}.taker.orders.create",
        f"{app}.taker.carts.update",
    } == state.wanted


@pytest.mark.parametrize(
    ("version", "way_out", "command"),
    [
        (1, "move over", ("run", "consumers")),
        (3, "update Hookline", ("topology", "declare", "consumers")),
        (3, "update Hookline", ("topology", "verify", "consumers")),
    ],
)
async def test_another_version_of_the_topology_ends_the_start_in_one_sentence_and_changes_nothing(
    url: str, app: str, amqp: AbstractChannel, version: int, way_out: str, command: tuple[str, ...]
) -> None:
    await written(amqp, app, what="declared", topology=version, queues=[])
    code, out, err = await finished("hookline-workers", *command, env=environment(url, APP=app))
    assert (3 if "verify" in command else 1) == code
    (sentence,) = [line for line in (out + err).splitlines() if f"version {version}" in line]
    assert way_out in sentence
    assert not await exists(url, f"{app}.taker.orders.create")
    assert not await exists(url, f"{app}.retry.1s")


@pytest.mark.parametrize("left", ["catalogue", "retry.5s"])
async def test_the_first_editions_queues_end_the_start_in_one_sentence_and_nothing_is_half_done(
    url: str, app: str, amqp: AbstractChannel, left: str
) -> None:
    arguments: dict[str, Any] = {"x-queue-type": "quorum", "x-delivery-limit": 2**31 - 1}
    if left != "catalogue":
        arguments = {
            "x-queue-type": "quorum",
            "x-message-ttl": 5_000,
            "x-dead-letter-exchange": f"{app}.return",
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }
    await amqp.declare_queue(f"{app}.{left}", durable=True, arguments=arguments)
    code, out, err = await finished(
        "hookline-workers", "run", "consumers", env=environment(url, APP=app)
    )
    assert 1 == code
    (sentence,) = [line for line in (out + err).splitlines() if "first edition" in line]
    assert f"{app}.{left}" in sentence
    assert "Moving from the first edition" in sentence
    for queue in ("control", "taker.orders.create", "retry.1s", "unrouted"):
        assert not await exists(url, f"{app}.{queue}")

    listed = await finished(
        "hookline-workers", "dead-letters", "list", env=environment(url, APP=app)
    )
    assert 2 == listed[0]
    assert f"{app}.{left}" in listed[2], "to find none is no all-clear here either"

    # What deploy/UPGRADING.md says then: delete the queue once it is empty; the worker starts.
    await amqp.queue_delete(f"{app}.{left}")
    async with worker(url, "--consumer", "taker", APP=app) as workers:
        assert 0 == await workers.stop()


async def test_a_worker_handles_what_the_first_edition_stored(
    url: str, record: Record, amqp: AbstractChannel
) -> None:
    """A webhook in unrouted, a webhook and a retry on the work queue, a dead letter: recorded
    bytes.
    """
    app = "first"
    env = environment(url, APP=app)
    assert 0 == (await finished("hookline-workers", "topology", "declare", "consumers", env=env))[0]
    publisher = await amqp.get_underlay_channel()
    work = f"{app}.taker.orders.create"
    for name, exchange, key in (
        ("webhook", f"{app}.unrouted", "orders.create"),
        ("webhook", "", work),
        ("retry", f"{app}.return", work),
        ("dead", f"{app}.dead", work),
    ):
        header = (FIRST_EDITION / f"{name}.header").read_bytes()
        body = (FIRST_EDITION / f"{name}.body").read_bytes()
        await publisher.basic_publish(
            body, exchange=exchange, routing_key=key, properties=Raw(header[12:])
        )

    async with worker(url, "--consumer", "taker", APP=app) as workers:
        chosen = ("--consumer", "taker", "--topic", "orders/create")
        code, out, err = await finished(
            "hookline-workers", "dead-letters", "replay", *chosen, env=env
        )
        assert (0, "1 replayed") == (code, err.strip()), out
        lines = await handled(record, "taker", 4)
        assert [] == workers.events("delivery.broken")
    told = sorted((bytes.fromhex(line["body"]), line["attempt"]) for line in lines)
    assert [
        (b'{"id": 1}', 1),
        (b'{"id": 1}', 1),
        (b'{"id": 2}', 2),
        (b'{"id": 3, "do": "reject"}', 1),
    ] == told


async def test_what_an_ingress_takes_in_on_a_first_edition_broker_waits_for_the_worker(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    """Bound by the topic alone, the old queue does not match a key with a bucket: unrouted keeps
    it.
    """
    async with ingress(url, APP=app) as door:
        queue = await amqp.declare_queue(
            f"{app}.taker.orders.create", durable=True, arguments={"x-queue-type": "quorum"}
        )
        await queue.bind(f"{app}.webhooks", "orders.create")
        identity = await door.accepted("orders/create", b"{}", app=app)
        message = await message_in(amqp, f"{app}.unrouted")
    assert identity == message.headers["webhook-id"]
