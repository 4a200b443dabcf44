"""What stays of a webhook on its way through retries, dead letters and replays: the message, as the
design has it.
"""

import re
from pathlib import Path
from time import time
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from ingress.signature import sign
from tests.system.broker import message_in
from tests.system.processes import environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER, SECRET, SHOP

CONSUMERS = """
from tenacity import stop_after_attempt, wait_fixed
from workers import Delivery, RetryPolicy, consumer


@consumer("orders/create", retry=RetryPolicy(wait=wait_fixed(3500), stop=stop_after_attempt(2)))
async def later(delivery: Delivery[bytes]) -> None:
    fail(20)


def fail(deeper: int) -> None:
    try:
        fail(deeper - 1) if deeper else 1 / 0
    except Exception as error:
        raise RuntimeError("busy " + "é" * 10_000) from error
"""
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def carried(message: AbstractIncomingMessage) -> dict[str, Any]:
    """Return the headers, of which none may be the broker's; what must stay is looked at."""
    assert (ORDER, "application/json", "orders/create") == (
        message.body,
        message.content_type,
        message.type,
    )
    assert aio_pika.DeliveryMode.PERSISTENT == message.delivery_mode
    assert message.timestamp is not None
    headers = dict(message.headers)
    assert headers["webhook-received-ms"] // 1000 == int(message.timestamp.timestamp())  # type: ignore[operator]
    assert [] == [name for name in headers if name.startswith("x-")]
    return headers


def like(message: AbstractIncomingMessage) -> aio_pika.Message:
    """Return the message anew, as a rung gives it back."""
    assert message.delivery_mode is not None
    return aio_pika.Message(
        message.body,
        headers=message.headers,
        content_type=message.content_type,
        type=message.type,
        app_id=message.app_id,
        timestamp=message.timestamp,
        delivery_mode=message.delivery_mode,
        message_id=message.message_id,
    )


async def test_a_retry_a_letter_and_a_replay_carry_the_webhook_and_say_what_became_of_it(
    url: str, app: str, amqp: AbstractChannel, record: Record, tmp_path: Path
) -> None:
    (tmp_path / "consumers.py").write_text(CONSUMERS)
    work = f"{app}.later.orders.create"
    rung = f"{app}.retry.3600s"
    async with ingress(url, APP=app) as door, worker(url, APP=app, cwd=tmp_path) as workers:
        before = int(time() * 1000)
        identity = await door.accepted(
            "orders/create", ORDER, app=app, traceparent=TRACE, X_Spiffy_Order_Id="7"
        )
        retry = await message_in(amqp, rung)
        first = carried(retry)
        webhook = {
            "webhook-id": identity,
            "webhook-shop": SHOP,
            "webhook-received-ms": first["webhook-received-ms"],
            "webhook-secret": "secret-1",
            "traceparent": TRACE,
            "http-x-spiffy-topic": "orders/create",
            "http-x-spiffy-shop-domain": SHOP,
            "http-x-spiffy-hmac-sha256": sign(
                retry.body, SECRET.encode()
            ),  # a reader can verify it again
            "http-x-spiffy-order-id": "7",
        }
        began = first["webhook-first-ms"]
        assert before <= webhook["webhook-received-ms"] <= began <= int(time() * 1000)
        failed = first.pop("webhook-error")
        assert began <= first.pop("webhook-waiting-ms") <= int(time() * 1000)
        counted = {"webhook-consumer": "later", "webhook-attempt": 2}
        assert webhook | counted | {"webhook-first-ms": began} == first

        back = await amqp.get_exchange(f"{app}.return", ensure=False)
        await back.publish(like(retry), work)
        letter = await message_in(amqp, f"{app}.dead.later.orders.create")
        dead = carried(letter)
        error = dead.pop("webhook-error")
        trace = dead.pop("webhook-traceback")
        worker_name = dead.pop("webhook-worker")
        died = dead.pop("webhook-died-ms")
        assert failed == error
        assert error.startswith("RuntimeError: busy ééé")
        assert 1000 < len(error.encode()) <= 1024
        assert 8000 < len(trace.encode()) <= 8192
        assert began <= died <= int(time() * 1000)
        assert worker_name.endswith(f":{workers.process.pid}")
        first_died = {"webhook-first-died-ms": died}
        given_up = {"webhook-reason": "exhausted", "webhook-replays": 0}
        fingerprint = dead.pop("webhook-fingerprint")
        assert re.fullmatch("[0-9a-f]{8}", fingerprint)
        assert first | given_up | first_died == dead
        assert len({retry.message_id, letter.message_id, None}) == 3

        graves = await amqp.get_exchange(f"{app}.dead", ensure=False)
        await graves.publish(like(letter), work)
        replay = ("dead-letters", "replay", "--id", identity, "--name", "INC-1", "--json")
        code, out, err = await finished("hookline-workers", *replay, env=environment(url, APP=app))
        assert (0, 1, "1 replayed") == (code, len(out.splitlines()), err.strip())
        again = carried(await message_in(amqp, rung))
    assert again.pop("webhook-first-ms") >= died  # attempts, and the time they may take, begin anew
    assert again.pop("webhook-replayed-ms") >= died
    assert again.pop("webhook-waiting-ms") >= died
    assert failed == again.pop("webhook-error")
    replayed = {"webhook-replays": 1, "webhook-replay": "INC-1"}
    assert webhook | counted | first_died | replayed == again


async def published(amqp: AbstractChannel, app: str, due_ms: int) -> None:
    """Put a fourth attempt, which is due then, on the work queue of `taker`."""
    now = int(time() * 1000)
    headers: dict[str, Any] = {
        "webhook-id": "w1",
        "webhook-shop": SHOP,
        "webhook-received-ms": now - 9000,
        "webhook-attempt": 4,
        "webhook-first-ms": now - 8000,
        "webhook-due-ms": due_ms,
    }
    message = aio_pika.Message(
        ORDER, headers=headers, type="orders/create", app_id=app, content_type="text/json"
    )
    back = await amqp.get_exchange(f"{app}.return", ensure=False)
    await back.publish(message, f"{app}.taker.orders.create")


async def test_a_wait_of_more_than_a_day_goes_round_once_more_as_the_same_attempt_no_sooner(
    url: str, app: str, amqp: AbstractChannel, record: Record
) -> None:
    async with worker(url, "--consumer", "taker", APP=app) as workers:
        in_a_day_and_more = int(time() * 1000) + 100_000_000
        await published(amqp, app, in_a_day_and_more)
        waits = await message_in(amqp, f"{app}.retry.86400s")
        assert 4 == waits.headers["webhook-attempt"]
        assert in_a_day_and_more == pytest.approx(waits.headers["webhook-due-ms"], abs=20_000)

        soon = int(time() * 1000) + 4500
        await published(amqp, app, soon)
        (line,) = await handled(record, "taker")
        assert 2 == len(workers.events("delivery.aside"))
        assert [] == workers.events("delivery.retried")
    assert ("w1", 4) == (line["id"], line["attempt"])
    assert line["at"] * 1000 >= soon


async def test_no_more_handlers_of_a_queue_run_at_once_than_the_command_line_says(
    url: str, app: str, record: Record
) -> None:
    async with ingress(url, APP=app) as door:
        ids = {
            await door.accepted("orders/create", b'{"id": %d}' % number, app=app)
            for number in range(6)
        }
        async with worker(url, "--consumer", "slow", "--concurrency", "2", APP=app):
            await handled(record, "slow begins", 2)
            record.touch(".go")
            await handled(record, "slow ends", 6)
    running = 0
    most = 0
    for line in record.lines():
        running += 1 if line["who"] == "slow begins" else -1
        most = max(most, running)
    assert 2 == most
    assert ids == {line["id"] for line in record.lines("slow ends")}
