"""What an author's handler may do without the outcome of a webhook being lost, multiplied or
untrue.
"""

import asyncio
import json

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, HeadersType

from deploy.local.rabbitmq import Node
from tests.system.broker import message_in
from tests.system.processes import environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER
from tests.system.waiting import until

FORMATS = pytest.mark.parametrize("log_format", ["json", "text"])


async def left_in(url: str, queue: str) -> tuple[int, int]:
    """Return how many messages of a queue wait, and how many consumers it has."""
    async with await aio_pika.connect(url) as connection, connection.channel() as channel:
        counts = (await channel.declare_queue(queue, passive=True)).declaration_result
        return (counts.message_count or 0, counts.consumer_count or 0)


@FORMATS
async def test_an_error_text_that_cannot_be_encoded_makes_one_letter_after_the_policys_attempts(
    url: str, app: str, record: Record, amqp: AbstractChannel, log_format: str
) -> None:
    async with ingress(url, APP=app) as door:
        async with worker(
            url, "troublesome", "--consumer", "half_a_pair", APP=app, LOG_FORMAT=log_format
        ) as workers:
            identity = await door.accepted("orders/create", ORDER, app=app)
            await workers.event("delivery.dead", id=identity)
            assert await workers.stop() == 0
    letter = await message_in(amqp, f"{app}.dead.half_a_pair.orders.create")
    assert (
        "ValueError: cannot open inv\\udce9.csv \\x1b[31m\\nforged"
        == letter.headers["webhook-error"]
    )
    assert (0, 0) == await left_in(url, f"{app}.half_a_pair.orders.create")
    assert (0, 0) == await left_in(url, f"{app}.dead.half_a_pair.orders.create")
    assert [1, 2] == [line["attempt"] for line in record.lines("half_a_pair")]
    assert "\x1b[31m" not in workers.written


async def test_an_error_whose_text_raises_is_retried_by_the_policy_and_told_by_its_type(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    async with ingress(url, APP=app) as door:
        async with worker(url, "troublesome", "--consumer", "speechless", APP=app) as workers:
            identity = await door.accepted("orders/create", ORDER, app=app)
            await workers.event("delivery.dead", 60, id=identity)
            assert await workers.stop() == 0
    letter = await message_in(amqp, f"{app}.dead.speechless.orders.create")
    assert ("exhausted", 2) == (letter.headers["webhook-reason"], letter.headers["webhook-attempt"])
    assert "ApiError: <no text: str() raised IndexError>" == letter.headers["webhook-error"]
    assert "in speechless" in str(letter.headers["webhook-traceback"])
    assert [1, 2] == [line["attempt"] for line in record.lines("speechless")]


@FORMATS
async def test_a_log_line_of_an_author_comes_out_whatever_is_in_it_and_fails_nothing(
    url: str, app: str, record: Record, log_format: str
) -> None:
    async with ingress(url, APP=app) as door:
        async with worker(
            url, "troublesome", "--consumer", "logs_anything", APP=app, LOG_FORMAT=log_format
        ) as workers:
            identity = await door.accepted("orders/create", ORDER, app=app)
            await workers.event("delivery.done", id=identity)
    assert [1] == [line["attempt"] for line in record.lines("logs_anything")]
    assert "stock.left" in workers.written
    assert "stock of %d <arguments: TypeError" in workers.written


async def test_a_handler_that_blocks_the_loop_until_the_link_is_lost_runs_once_and_is_done_once(
    url: str, app: str, record: Record
) -> None:
    hasty = f"{url}?heartbeat=1"
    async with ingress(url, APP=app) as door:
        async with worker(hasty, "troublesome", "--consumer", "blocks", APP=app) as workers:
            identity = await door.accepted("orders/create", ORDER, app=app)
            blocked = await workers.event("loop.blocked", consumer="blocks")
            await workers.event("broker.lost", role="consume")
            await workers.event("delivery.settled_late")
            assert await workers.stop() == 0
    assert "troublesome.py:" in blocked["at"]
    assert blocked["at"].endswith("in blocks")
    assert [identity] == [line["id"] for line in record.lines("blocks")]
    assert [identity] == [event["id"] for event in workers.events("delivery.done")]
    assert (0, 0) == await left_in(url, f"{app}.blocks.orders.create")


async def test_a_message_id_that_its_publisher_repeats_takes_no_webhook_for_another(
    node: Node, url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    async with worker(url, "--consumer", "slow", APP=app) as workers:
        exchange = await amqp.get_exchange(f"{app}.webhooks", ensure=False)
        for number in (1, 2):
            headers: HeadersType = {
                "webhook-id": f"id-{number}",
                "webhook-shop": "x",
                "webhook-received-ms": 1,
            }
            message = aio_pika.Message(
                b"%d" % number,
                headers=headers,
                content_type="application/json",
                type="orders/create",
                app_id=app,
                message_id="same",
            )
            await exchange.publish(message, "orders.create.7")
        await handled(record, "slow begins", 2)
        await asyncio.to_thread(node.ctl, "close_all_connections", "a test")
        await workers.event("broker.lost", role="consume")

        async def is_delivered_again() -> bool:
            return await left_in(url, f"{app}.slow.orders.create") == (0, 1)

        await until(is_delivered_again, what="both are delivered again")
        record.touch(".go")
        for number in (1, 2):
            await workers.event("delivery.done", id=f"id-{number}")
        assert await workers.stop() == 0
    assert ["id-1", "id-2"] == sorted(line["id"] for line in record.lines("slow begins"))
    assert ["id-1", "id-2"] == sorted(event["id"] for event in workers.events("delivery.done"))


async def test_what_strangers_wrote_into_a_letter_forges_no_row_and_reaches_no_terminal_raw(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    env = environment(url, APP=app)
    assert 0 == (await finished("hookline-workers", "topology", "declare", "consumers", env=env))[0]
    evil = "\x1b[2J\x9b31m\r\nid-2  taker  orders/create  rejected\u202e"
    headers: HeadersType = {
        "webhook-id": f"id-1{evil}",
        "webhook-shop": evil,
        "webhook-error": evil,
        "webhook-traceback": evil,
        evil: evil,
    }
    dead = await amqp.get_exchange(f"{app}.dead", ensure=False)
    body = f"a body\nqueue: forged {evil}".encode()
    await dead.publish(
        aio_pika.Message(body, headers=headers, type=evil, content_type=evil),
        f"{app}.taker.orders.create",
    )
    chosen = ("--consumer", "taker", "--topic", "orders/create")
    listed = await finished("hookline-workers", "dead-letters", "list", *chosen, env=env)
    shown = await finished(
        "hookline-workers", "dead-letters", "show", "--id", f"id-1{evil}", *chosen, env=env
    )
    as_json = await finished(
        "hookline-workers",
        "dead-letters",
        "show",
        "--id",
        f"id-1{evil}",
        *chosen,
        "--json",
        env=env,
    )
    replayed = await finished("hookline-workers", "dead-letters", "replay", *chosen, env=env)
    for code, out, err in (listed, shown, as_json, replayed):
        assert 0 == code, err
        assert [] == [one for one in out + err if one != "\n" and not one.isprintable()]
    assert 2 == len(listed[1].splitlines())
    assert [] == [
        line for line in shown[1].splitlines() if line.startswith(("id-2", "queue: forged"))
    ]
    assert (f"id-1{evil}", body.decode()) == (
        json.loads(as_json[1])["id"],
        json.loads(as_json[1])["body"],
    )
