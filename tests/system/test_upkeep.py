"""What mends itself: topologies that lost a part, webhooks that lie unrouted, and who gets them."""

import asyncio
import json
from contextlib import suppress

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelNotFoundEntity
from pamqp.commands import Basic

from deploy.local.rabbitmq import Node
from tests.bench.queues import Broker
from tests.system.broker import control_log
from tests.system.door import Ingress
from tests.system.pages import counted
from tests.system.process import Process
from tests.system.processes import environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.waiting import until

TAKER = ("--consumer", "taker")
PICKY = ("--consumer", "picky")


async def unrouted(amqp: AbstractChannel, app: str) -> int:
    """Count what lies unrouted."""
    queue = await amqp.declare_queue(f"{app}.unrouted", passive=True)
    return queue.declaration_result.message_count or 0


async def test_what_lies_unrouted_goes_to_every_known_consumer_not_to_the_first_mender_alone(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    async with worker(url, *TAKER, APP=app), worker(url, "--consumer", "threaded", APP=app):
        pass
    await amqp.exchange_delete(f"{app}.webhooks")
    async with ingress(url, APP=app) as door:
        ids = {
            await door.accepted("orders/create", b'{"id": %d}' % number, app=app)
            for number in range(20)
        }
        async with worker(url, *TAKER, APP=app):
            taken = await handled(record, "taker", 20)
        later = await door.accepted("orders/create", b'{"id": 99}', app=app)
        async with worker(url, "--consumer", "threaded", APP=app):
            threaded = await handled(record, "threaded", 21)
    assert ids == {line["id"] for line in taken}
    assert ids | {later} == {line["id"] for line in threaded}


@pytest.mark.slow("under load what the test above has in order")
async def test_a_worker_that_starts_where_bindings_were_lost_takes_nothing_from_other_consumers(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    async with worker(url, *TAKER, APP=app), worker(url, "--consumer", "threaded", APP=app):
        pass
    await amqp.exchange_delete(f"{app}.webhooks")
    ids: set[str] = set()

    async def send(door: Ingress) -> None:
        while True:
            body = b'{"id": %d}' % len(ids)
            ids.add(await door.accepted("orders/create", body, app=app))

    async def all_came_to_threaded() -> bool:
        return ids <= {line["id"] for line in record.lines("threaded")}

    async with ingress(url, APP=app) as door:
        sending = asyncio.create_task(send(door))
        async with worker(url, *TAKER, APP=app) as taker:
            await taker.event("unrouted.adopted")
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending
        async with worker(url, "--consumer", "threaded", APP=app):
            await until(all_came_to_threaded, what=f"{len(ids)} handled by the other consumer")


async def test_a_deleted_exchange_is_mended_while_both_consumers_run_and_neither_misses_a_webhook(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, *TAKER, APP=app) as workers,
        worker(url, "--consumer", "threaded", APP=app),
    ):
        await amqp.exchange_delete(f"{app}.webhooks")
        ids = set[str]()

        async def is_adopted() -> bool:
            answer = await door.post("orders/create", b'{"id": %d}' % len(ids), app=app)
            if answer.status == 200:
                ids.add((await answer.json())["id"])
            return bool(workers.events("unrouted.adopted")) and len(ids) >= 50

        await until(is_adopted, 60, "a webhook is adopted")

        async def all_handled() -> bool:
            return all(
                ids <= {line["id"] for line in record.lines(who)} for who in ("taker", "threaded")
            )

        await until(all_handled, 60, "every 200 handled by both")


async def test_no_guard_stays_behind(node: Node, url: str, app: str) -> None:
    """While queues are being bound, unrouted is bound too; afterwards it must not be, or all would
    come twice.
    """
    async with worker(url, *TAKER, APP=app):
        bound = node.ctl(
            "list_bindings", "source_name", "destination_name", "--no-table-headers"
        ).splitlines()
    sources = {line.split("\t")[0] for line in bound if line.endswith(f"\t{app}.unrouted")}
    assert {f"{app}.unrouted", ""} == sources


async def test_a_guard_left_by_a_killed_worker_is_taken_away_by_the_next(
    node: Node, url: str, app: str, amqp: AbstractChannel
) -> None:
    async with worker(url, *TAKER, APP=app):
        pass
    queue = await amqp.get_queue(f"{app}.unrouted", ensure=False)
    await queue.bind(f"{app}.webhooks", "orders.create.*")
    async with worker(url, *TAKER, APP=app):
        bound = node.ctl(
            "list_bindings", "source_name", "destination_name", "--no-table-headers"
        ).splitlines()
    assert f"{app}.webhooks\t{app}.unrouted" not in bound


async def test_what_the_control_log_told_is_made_again_though_the_log_is_lost_with_it(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    others = f"{app}.threaded.orders.create"
    async with worker(url, "--consumer", "threaded", APP=app):
        pass
    async with worker(url, *TAKER, APP=app) as workers:
        for name in (f"{app}.control", others, f"{app}.taker.orders.create"):
            await amqp.queue_delete(name)
        await workers.event("queue.lost")

        async def is_there() -> bool:
            async with await aio_pika.connect(url) as connection, connection.channel() as channel:
                with suppress(ChannelNotFoundEntity):
                    return bool(await channel.get_queue(others))
            return False

        await until(is_there)


async def _declared_by_an_operator(url: str, app: str) -> dict[str, str]:
    env = environment(url, APP=app)
    assert 0 == (await finished("hookline-workers", "topology", "declare", "consumers", env=env))[0]
    return env


async def test_what_comes_back_for_want_of_a_binding_is_not_adopted_for_ever_and_says_which(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    env = await _declared_by_an_operator(url, app)
    queue = await amqp.get_queue(f"{app}.taker.orders.create", ensure=False)
    await queue.unbind(f"{app}.return", f"{app}.taker.orders.create")
    await queue.unbind(f"{app}.webhooks", "orders.create.*")
    exchange = await amqp.get_exchange(f"{app}.unrouted", ensure=False)
    for _ in range(20):
        await exchange.publish(aio_pika.Message(b"{}"), f"{app}.taker.orders.create")

    async with worker(url, *TAKER, APP=app, DECLARE="verify") as workers:
        told = await workers.event("binding.missing")
        assert f"{app}.taker.orders.create" == told["queue"]

        async def all_lie_there_again() -> bool:
            return await unrouted(amqp, app) == 20

        await until(all_lie_there_again, what="20 came back, and the look that held them is over")

        # Each once at most: RabbitMQ 4.3 gives what came back before what these messages' priority
        # of 0 puts behind.
        assert 20 >= sum(event["count"] for event in workers.events("unrouted.adopted"))
        assert 1 == len(workers.events("binding.missing"))

    code, out, _ = await finished("hookline-workers", "check", "consumers", env=env)
    assert 3 == code
    assert f"queue {app}.taker.orders.create: 20 of its webhooks lie unrouted" in out


async def test_a_queue_that_nobody_consumes_any_more_is_told(
    url: str, app: str, record: Record
) -> None:
    async with worker(url, *TAKER, *PICKY, APP=app):
        pass
    async with ingress(url, APP=app) as door:
        await door.accepted("orders/create", b'{"id": 1}', app=app)
        async with worker(url, *TAKER, APP=app) as workers:
            told = await workers.event("queue.unconsumed", queue=f"{app}.picky.orders.create")
            assert 1 == await counted(workers, "hookline_queues_unconsumed", app=app)
            await handled(record, "taker")
            code, out, _ = await finished(
                "hookline-workers", "check", "consumers", env=environment(url, APP=app)
            )
    assert 1 == told["messages"]
    assert told["last_run_by"]
    assert (
        f"queue {app}.picky.orders.create: 1 waiting, consumed by nobody"
        f" (last run by {told['last_run_by']})" in out
    )
    assert f"queue {app}.taker.orders.create: " not in out
    assert 3 == code  # the module's other consumers are not declared


async def _left_behind(url: str, app: str) -> None:
    """Leave one webhook waiting and one dead with the consumer `every_order`, whose release is
    over.
    """
    async with ingress(url, APP=app) as door:
        async with worker(
            url, "--consumer", "every_order", "--consumer", "everything", APP=app
        ) as workers:
            identity = await door.accepted("orders/create", b'{"reject": 1}', app=app)
            await workers.event("delivery.dead", id=identity)
        await door.accepted("orders/paid", b'{"id": 2}', app=app)


async def test_retiring_a_consumer_shows_first_then_moves_what_is_left_to_its_successor(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    env = environment(url, APP=app)
    retire = ("hookline-workers", "topology", "retire", "taker")
    async with ingress(url, APP=app) as door:
        async with worker(url, *TAKER, *PICKY, APP=app):
            busy = await finished(*retire, "--drop", env=env)
        await door.accepted("orders/create", b'{"id": 1}', app=app)
    undecided = await finished(*retire, env=env)
    unknown = await finished(*retire, "--to", "picky", env=env)  # which takes no carts
    shown = await finished(
        *retire, "--topic", "orders/create", "--to", "picky", "--dry-run", env=env
    )
    assert [1, 2, 2, 0] == [code for code, _, _ in (busy, undecided, unknown, shown)]
    assert "is consumed by 1" in busy[1]
    assert "--to CONSUMER" in undecided[2]
    assert f"{app}.picky.carts.update" in unknown[2]
    assert f"{app}.taker.orders.create: would move to picky: 1 waiting, 0 dead" in shown[1]

    moved = await finished(*retire, "--topic", "orders/create", "--to", "picky", env=env)
    assert (0, f"{app}.taker.orders.create: retired, 1 moved") == (moved[0], moved[1].strip()), (
        moved[2]
    )
    returning = await amqp.get_exchange(f"{app}.return", ensure=False)
    await returning.publish(
        aio_pika.Message(b"a retry that was waiting"), f"{app}.taker.orders.create"
    )
    async with worker(url, *PICKY, APP=app) as workers:
        await handled(record, "picky", 2)  # its own copy, and the one that was moved
        await workers.event("delivery.dead", reason="malformed")  # the retry came to it too

    state = await control_log(url, app)
    assert state is not None
    assert {f"{app}.taker.carts.update", f"{app}.picky.orders.create"} == state.wanted
    queues = json.loads(
        (await finished("hookline-workers", "topology", "export", "consumers", env=env))[1]
    )["queues"]
    assert f"{app}.taker.orders.create" in {queue["name"] for queue in queues}


async def test_retiring_a_consumer_can_drop_what_is_left(
    url: str, app: str, record: Record
) -> None:
    await _left_behind(url, app)
    env = environment(url, APP=app)
    shown = await finished(
        "hookline-workers", "topology", "retire", "every_order", "--dry-run", env=env
    )
    done = await finished(
        "hookline-workers", "topology", "retire", "every_order", "--drop", env=env
    )
    assert (0, f"{app}.every_order.orders._any: would drop 1 waiting, 1 dead") == (
        shown[0],
        shown[1].strip(),
    )
    assert (0, f"{app}.every_order.orders._any: retired, 2 dropped") == (done[0], done[1].strip())
    async with ingress(url, APP=app) as door, worker(url, "--consumer", "everything", APP=app):
        await door.accepted("orders/create", b"{}", app=app)
        await handled(record, "everything", 3)
    state = await control_log(url, app)
    assert state is not None
    assert {f"{app}.everything._any._any"} == state.wanted
    assert not await _is_consumed(url, f"{app}.every_order.orders._any"), "nobody made it again"


async def test_a_filter_that_fits_nothing_is_no_all_clear(
    url: str, app: str, record: Record
) -> None:
    listing = ("hookline-workers", "dead-letters", "list")
    async with worker(url, *TAKER, APP=app):
        pass
    env = environment(url, APP=app)
    for arguments in (
        ("--consumer", "takr"),
        ("--topic", "orders/creat"),
        ("--consumer", "taker", "--topic", "a/b"),
    ):
        code, out, err = await finished(*listing, *arguments, env=env)
        assert (2, "") == (code, out)
        assert "taker orders/create" in err

    code, _, err = await finished(*listing, env=environment(url, APP="nobodys"))
    assert 2 == code
    assert "HOOKLINE_APP" in err
    assert 0 == (await finished(*listing, "--consumer", "taker", env=env))[0]


async def _dead_letter(url: str, app: str) -> None:
    async with ingress(url, APP=app) as door, worker(url, *PICKY, APP=app) as workers:
        identity = await door.accepted("orders/create", b'{"id": 1}', app=app)
        await workers.event("delivery.dead", id=identity)


async def test_a_replay_says_first_where_it_would_lead_to_no_handler(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    await _dead_letter(url, app)
    replay = (
        "hookline-workers",
        "dead-letters",
        "replay",
        "--consumer",
        "picky",
        "--topic",
        "orders/create",
    )
    code, _, err = await finished(*replay, env=environment(url, APP=app))
    assert 0 == code
    assert f"nobody consumes {app}.picky.orders.create" in err

    async with worker(url, *PICKY, APP=app) as workers:
        await workers.event("delivery.dead")
    await amqp.queue_delete(f"{app}.picky.orders.create")
    code, _, err = await finished(*replay, env=environment(url, APP=app))
    assert 1 == code
    assert f"the queue {app}.picky.orders.create is gone" in err


async def test_a_restart_of_a_worker_leaves_no_trace_in_unrouted(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    async with ingress(url, APP=app) as door:
        for times in (1, 2):
            workers: Process
            async with worker(url, *TAKER, APP=app) as workers:
                await door.accepted("orders/create", b"{}", app=app)
                await handled(record, "taker", times)
                assert [] == workers.events("topology.not_checked")
    assert 0 == await unrouted(amqp, app)


@pytest.mark.slow("an order of work, seen only behind tens of thousands of messages")
async def test_a_deleted_queue_is_mended_before_all_that_lies_unrouted_is_searched(
    node: Node, url: str, app: str, amqp: AbstractChannel
) -> None:
    """The search of 30,000 that are nobody's takes many seconds, and ends with one that is ours."""
    async with worker(url, *TAKER, APP=app):
        pass
    with Broker(node.port) as broker:
        await asyncio.to_thread(
            broker.fill, f"{app}.unrouted", Basic.Properties(delivery_mode=2), b"", range(30_000)
        )
    exchange = await amqp.get_exchange(f"{app}.unrouted", ensure=False)
    await exchange.publish(aio_pika.Message(b"", priority=None), "orders.create.0")

    async with worker(url, *TAKER, APP=app) as workers:
        async with await aio_pika.connect(url) as connection, connection.channel() as deleting:
            await deleting.queue_delete(f"{app}.taker.orders.create")
        await workers.event("queue.lost")
        await until(
            lambda: _is_consumed(url, f"{app}.taker.orders.create"), what="the queue is back"
        )
        assert [] == workers.events("unrouted.adopted")
        await workers.event("unrouted.adopted", 90, count=1, left=30_000)


async def _is_consumed(url: str, queue: str) -> bool:
    with suppress(ChannelNotFoundEntity):
        async with await aio_pika.connect(url) as connection, connection.channel() as channel:
            found = await channel.declare_queue(queue, passive=True)
            return bool(found.declaration_result.consumer_count)
    return False
