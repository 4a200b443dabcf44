"""The story of a webhook: in, handled, retried, given up on, put back."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import aio_pika
import orjson
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from ingress.signature import sign
from runtime.amqp.link import connected
from schemas.names import WorkQueue
from tests.system.broker import message_in
from tests.system.processes import environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import BODIES, ORDER, SHOP
from tests.system.waiting import until
from workers.broker.letters import find
from workers.dead_letters import Filter
from workers.letter import Source

TAKEN_IN = [
    ("order.json", "application/json; charset=utf-8"),
    ("order.xml", "application/xml"),
    ("cart.json", "text/json"),
]


async def test_a_webhook_reaches_its_handler_byte_for_byte(
    url: str, app: str, record: Record
) -> None:
    sent = {}
    async with ingress(url, APP=app) as door, worker(url, "--consumer", "taker", APP=app):
        for file, content_type in TAKEN_IN:
            body = (BODIES / file).read_bytes()
            identity = await door.accepted(
                "orders/create", body, app=app, content_type=content_type
            )
            sent[identity] = (body, content_type)
        lines = await handled(record, "taker", len(sent))
    assert sent == {
        line["id"]: (bytes.fromhex(line["body"]), line["content_type"]) for line in lines
    }


async def test_escapes_and_multibyte_characters_stay_as_they_were_signed(
    url: str, app: str, record: Record
) -> None:
    body = '{"note": "caf\\u00e9 \\/ \\u0026 ☕ 日本", "id": 327475578523353102}'.encode()
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "taker", "--consumer", "threaded", APP=app),
    ):
        await door.accepted("orders/create", body, app=app)
        (raw,) = await handled(record, "taker")
        (decoded,) = await handled(record, "threaded")
    assert body == bytes.fromhex(raw["body"])
    assert str({"note": "café / & ☕ 日本", "id": 327475578523353102}) == decoded["payload"]


async def test_what_waits_in_the_queue_is_the_documented_message(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    async with ingress(url, APP=app) as door:
        identity = await door.accepted("orders/create", ORDER, app=app, X_Spiffy_Order_Id="12345")
        message = await message_in(amqp, f"{app}.unrouted")
    assert ORDER == message.body
    assert "application/json" == message.content_type
    assert "orders/create" == message.type
    assert app == message.app_id
    assert aio_pika.DeliveryMode.PERSISTENT == message.delivery_mode
    assert message.message_id not in (None, identity)
    assert message.timestamp is not None
    headers = dict(message.headers)
    received = headers.pop("webhook-received-ms")
    assert isinstance(received, int)
    assert int(message.timestamp.timestamp()) == received // 1000
    assert headers == {
        "webhook-id": identity,
        "webhook-shop": SHOP,
        "webhook-secret": "secret-1",
        "webhook-attempt": 1,
        "http-x-spiffy-topic": "orders/create",
        "http-x-spiffy-shop-domain": SHOP,
        "http-x-spiffy-hmac-sha256": sign(ORDER, b"hush"),
        "http-x-spiffy-order-id": "12345",
    }


async def test_a_retry_is_the_same_webhook_no_sooner_than_asked_for_and_its_own_consumers_alone(
    url: str, app: str, record: Record
) -> None:
    both = ("--consumer", "third_time_lucky", "--consumer", "taker")
    async with ingress(url, APP=app) as door, worker(url, *both, APP=app):
        identity = await door.accepted("orders/create", ORDER, app=app)
        tries = await handled(record, "third_time_lucky", 3)
        await handled(record, "taker")
    (other,) = record.lines("taker")
    assert [line["attempt"] for line in tries] == [1, 2, 3]
    assert all(later["at"] - sooner["at"] >= 1.2 for sooner, later in pairwise(tries))
    assert {identity} == {line["id"] for line in (*tries, other)}
    assert 1 == len({line["digest"] for line in (*tries, other)})


INVALID = b'{"id": "not a number"}'
NO_JSON = b"{not json"
DEATHS = [
    ("picky", ORDER, "rejected", 1, "Reject: unknown SKU"),
    ("exhausted", ORDER, "exhausted", 2, "RuntimeError: nobody home"),
    ("expired", ORDER, "expired", 2, "RuntimeError: nobody home"),
    ("patient", ORDER, "expired", 1, "Later: no stock"),
    ("sleeper", ORDER, "exhausted", 1, "TimeoutError: "),
    ("threaded", NO_JSON, "malformed", 1, "Undecodable: not JSON"),
    ("picky", INVALID, "invalid_payload", 1, "id: Input should be a valid integer"),
]
WITH_TRACEBACK = ("rejected", "exhausted", "expired")


async def lying_dead(
    amqp: AbstractChannel, app: str, consumer: str
) -> dict[str, AbstractIncomingMessage]:
    """Take the dead letters of a consumer, by the webhook's id."""
    queue = await amqp.get_queue(f"{app}.dead.{consumer}.orders.create", ensure=False)
    letters = {}
    while letter := await queue.get(fail=False, no_ack=True):
        letter.headers.pop("x-delivery-count", None)  # the broker's, for this very look
        letters[str(letter.headers["webhook-id"])] = letter
    return letters


async def test_a_dead_letter_says_why_it_died(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    consumers = sorted({consumer for consumer, *_ in DEATHS})
    chosen = [word for name in consumers for word in ("--consumer", name)]
    async with ingress(url, APP=app) as door, worker(url, *chosen, APP=app) as workers:
        ids = {
            body: await door.accepted("orders/create", body, app=app)
            for body in (ORDER, NO_JSON, INVALID)
        }
        for consumer, body, reason, *_ in DEATHS:
            await workers.event("delivery.dead", id=ids[body], consumer=consumer, reason=reason)
        letters = {name: await lying_dead(amqp, app, name) for name in consumers}

    for consumer, body, reason, attempt, error in DEATHS:
        letter = letters[consumer][ids[body]]
        headers = letter.headers
        assert body == letter.body
        assert consumer == headers["webhook-consumer"]
        assert reason == headers["webhook-reason"]
        assert attempt == headers["webhook-attempt"]
        assert str(headers["webhook-error"]).startswith(error)
        assert (0, str(workers.process.pid)) == (
            headers["webhook-replays"],
            str(headers["webhook-worker"]).split(":")[-1],
        )
        assert isinstance(headers["webhook-died-ms"], int)
        has_traceback = "Traceback" in str(headers["webhook-traceback"])
        assert (reason in WITH_TRACEBACK) == has_traceback
        assert headers["webhook-received-ms"] <= headers["webhook-died-ms"]  # type: ignore[operator]
        assert not [name for name in headers if name.startswith("x-")]
    assert ids[INVALID] not in {line["id"] for line in record.lines("picky")}


async def test_a_message_that_is_no_webhook_is_dead_as_malformed(
    url: str, app: str, amqp: AbstractChannel, record: Record
) -> None:
    async with worker(url, "--consumer", "taker", APP=app):
        exchange = await amqp.get_exchange(f"{app}.webhooks", ensure=False)
        headers: Any = {"x-death": "forged", "CC": ["elsewhere"], "weight": 1.5, "note": "kept"}
        await exchange.publish(aio_pika.Message(b"\x00\xff", headers=headers), "orders.create.0")
        letter = await message_in(amqp, f"{app}.dead.taker.orders.create")
    assert letter.body == b"\x00\xff"
    assert letter.headers["webhook-reason"] == "malformed"
    assert {"note": "kept", "weight": "1.5"}.items() <= letter.headers.items()
    assert not {"x-death", "CC"} & letter.headers.keys()
    assert not record.lines()


async def test_a_replayed_dead_letter_begins_again_and_can_succeed(
    url: str, app: str, record: Record
) -> None:
    env = environment(url, APP=app)
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "picky", APP=app) as workers,
    ):
        identity = await door.accepted("orders/create", ORDER, app=app)
        await workers.event("delivery.dead")
        listed = await finished("hookline-workers", "dead-letters", "list", "--json", env=env)
        shown = await finished(
            "hookline-workers", "dead-letters", "show", "--id", identity, "--json", env=env
        )
        record.touch(".content")
        replayed = await finished(
            "hookline-workers", "dead-letters", "replay", "--id", identity, env=env
        )
        await workers.event("delivery.done", id=identity)
        after = await finished("hookline-workers", "dead-letters", "list", "--json", env=env)
    assert [0, 0, 0, 0] == [code for code, _, _ in (listed, shown, replayed, after)]
    row = orjson.loads(listed[1])
    assert identity == row["id"]
    assert "picky" == row["consumer"]
    assert "orders/create" == row["topic"]
    assert "rejected" == row["reason"]
    assert ORDER.decode() == orjson.loads(shown[1])["body"]
    assert [1, 1] == [line["attempt"] for line in record.lines("picky")]
    assert after[1] == ""


async def test_looking_at_dead_letters_leaves_them_where_they_are(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    """A hundred times: each look counts as a delivery, and RabbitMQ 4 drops by default after 20."""
    queue = WorkQueue(app, "picky", "orders.create")
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "picky", APP=app) as workers,
    ):
        ids = [
            await door.accepted("orders/create", b'{"id": %d}' % number, app=app)
            for number in range(3)
        ]
        for identity in ids:
            await workers.event("delivery.dead", id=identity)
        async with connected([url], "test") as connection:

            async def all_are_there() -> bool:
                """The broker takes what was held back a moment after it was let go; a look at a
                part reorders it.
                """
                dead = await amqp.declare_queue(queue.dead, passive=True)
                return dead.declaration_result.message_count == len(ids)

            looks = []
            for _ in range(100):
                await until(all_are_there, what="all dead letters")
                looks.append(
                    [
                        letter.id
                        async for letter, _ in find(connection, [Source.dead(queue)], Filter())
                    ]
                )
    assert set(ids) == set(looks[0])
    assert all(looks[0] == seen for seen in looks), "the order changed"
    assert record.lines("picky")


async def test_webhooks_that_no_consumer_takes_are_stored_until_one_starts(
    url: str, app: str, record: Record
) -> None:
    async with ingress(url, APP=app) as door:
        others = [await door.accepted("products/create", ORDER, app=app) for _ in range(3)]
        ids = [
            await door.accepted("orders/create", b'{"id": %d}' % number, app=app)
            for number in range(5)
        ]
        async with worker(url, "--consumer", "taker", APP=app):
            lines = await handled(record, "taker", 5)
    assert sorted(ids) == sorted(line["id"] for line in lines)
    assert not set(others) & {line["id"] for line in lines}


async def test_two_apps_do_not_see_each_others_webhooks(
    url: str, app: str, record: Record, tmp_path: Path
) -> None:
    other = f"{app}-other"
    file = tmp_path / "apps.toml"
    file.write_text(
        f'[apps.{app}]\nsecrets = "hush"\n[apps.{other}]\nsecrets = ["old:rusty", "new:hush"]\n'
    )
    async with (
        worker(url, "--consumer", "taker", APP=app),
        worker(url, "--consumer", "taker", APP=other),
    ):
        async with ingress(url, APPS_FILE=str(file), SECRETS=None) as door:
            mine = await door.accepted("orders/create", ORDER, app=app)
            theirs = await door.accepted("orders/create", ORDER, app=other)
            lines = await handled(record, "taker", 2)
    assert {(app, mine), (other, theirs)} == {(line["app"], line["id"]) for line in lines}
