"""A worker of today and messages of this edition's processes, with headers of a later version."""

import json
from pathlib import Path
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel

from tests.second_edition.test_reading import OF_A_LATER_VERSION, told
from tests.system.broker import message_in
from tests.system.processes import environment, finished, worker
from tests.system.record import Record, handled

SECOND_EDITION = Path(__file__).parents[1] / "second_edition"


def recorded(name: str) -> aio_pika.Message:
    """Return a recorded message as a later version would publish it."""
    was = told(name)
    headers: dict[str, Any] = was["headers"] | OF_A_LATER_VERSION
    body = (SECOND_EDITION / f"{name}.body").read_bytes()
    return aio_pika.Message(
        body, headers=headers, content_type=was["content_type"], type=was["type"],
        app_id=was["app_id"], message_id=was["message_id"], timestamp=was["timestamp"],
        delivery_mode=was["delivery_mode"],
    )  # fmt: skip


WAYS = {
    "webhook": "unrouted",
    "adopted": "return",
    "retry": "return",
    "suspect": "return",
    "replayed": "return",
    "dead": "dead",
}
"""Where each is published; what waits for two days would only be put back."""


async def test_a_worker_handles_what_was_recorded_and_an_operator_replays_it(
    url: str, record: Record, amqp: AbstractChannel
) -> None:
    app = "second"
    env = environment(url, APP=app)
    assert 0 == (await finished("hookline-workers", "topology", "declare", "consumers", env=env))[0]
    work = f"{app}.taker.orders.create"
    for name, exchange in WAYS.items():
        to = await amqp.get_exchange(f"{app}.{exchange}", ensure=False)
        key = told(name)["routing_key"] if exchange == "unrouted" else work
        await to.publish(recorded(name), key)

    async with worker(url, "--consumer", "taker", APP=app) as process:
        chosen = ("--consumer", "taker", "--topic", "orders/create")
        code, out, err = await finished(
            "hookline-workers", "dead-letters", "replay", *chosen, env=env
        )
        assert (0, "1 replayed") == (code, err.strip()), out
        lines = await handled(record, "taker", len(WAYS))
        assert [] == process.events("delivery.broken")

    was = [told(name)["headers"] for name in WAYS if name != "dead"]
    replayed = (told("dead")["headers"]["webhook-id"], 1)
    attempts = [(headers["webhook-id"], headers["webhook-attempt"]) for headers in was]
    assert sorted([replayed, *attempts]) == sorted((line["id"], line["attempt"]) for line in lines)


async def test_a_dead_letter_keeps_what_a_later_version_wrote(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    async with worker(url, "--consumer", "picky", APP=app):
        back = await amqp.get_exchange(f"{app}.return", ensure=False)
        await back.publish(recorded("webhook"), f"{app}.picky.orders.create")
        letter = await message_in(amqp, f"{app}.dead.picky.orders.create")
    assert OF_A_LATER_VERSION.items() <= dict(letter.headers).items()
    was = told("webhook")["headers"]
    was.pop("webhook-attempt")
    assert was.items() <= json.loads(json.dumps(dict(letter.headers))).items()
