"""`python -m tests.second_edition`: records the messages that real processes publish.

Each is a file of the content header's bytes, one of the body, and one of what the client library
reads in the header. They are what a later version has to read: record anew only into the folder of
a new edition.
"""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiormq.abc import DeliveredMessage

from deploy.local.rabbitmq import Node
from runtime.amqp import frames
from runtime.amqp.channels import channel_of
from runtime.amqp.link import connected, tap_of
from schemas import control_records
from schemas import headers as webhook_headers
from schemas.ladder import LADDER
from schemas.names import control_stream
from tests.system.door import Ingress
from tests.system.processes import environment, finished, ingress, started, worker
from tests.system.waiting import until

HERE = Path(__file__).parent
APP = "second"
QUEUE = f"{APP}.kept.orders.create"
REPLAY = ("dead-letters", "replay", "--consumer", "kept", "--topic", "orders/create")
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Tape:
    """What is published to some exchanges: headers as bytes, messages as the library reads them."""

    def __init__(self, channel: Any, tap: Any) -> None:
        self.headers: list[bytes] = []
        self.messages: list[DeliveredMessage] = []
        self._channel = channel
        tap.channels[channel.number] = self

    def take(self, kind: int, buffer: bytes, start: int, end: int) -> bool:
        """Keep a content header's bytes, and leave every frame to the library."""
        if kind == frames.CONTENT:
            self.headers.append(buffer[start:end])
        return False

    def close(self) -> None:
        """Have nothing to close."""

    async def listen(self, exchange: str, key: str = "") -> None:
        """Record what is published there from now on."""
        await self._channel.queue_bind("tape", exchange, key)

    async def keep(self, message: DeliveredMessage) -> None:
        """Keep a message."""
        self.messages.append(message)

    async def write(self, name: str, is_it: Callable[[DeliveredMessage], bool]) -> None:
        """Wait for a message, and write it into files of this name."""

        async def found() -> list[int]:
            return [at for at, one in enumerate(self.messages) if is_it(one)]

        at = (await until(found, what=name))[-1]
        message = self.messages[at]
        read = message.header.properties
        told = {
            "exchange": message.exchange,
            "routing_key": message.routing_key,
            "content_type": read.content_type,
            "type": read.message_type,
            "app_id": read.app_id,
            "message_id": read.message_id,
            "delivery_mode": read.delivery_mode,
            "timestamp": int(read.timestamp.timestamp()) if read.timestamp else None,
            "headers": read.headers,
        }
        (HERE / f"{name}.header").write_bytes(self.headers[at])
        (HERE / f"{name}.body").write_bytes(message.body)
        (HERE / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n")
        print(name)


@asynccontextmanager
async def taping(url: str) -> AsyncIterator[Tape]:
    """Open a queue of our own, that nothing is bound to yet."""
    async with connected([url], "tape") as connection, channel_of(connection) as channel:
        tape = Tape(channel, tap_of(connection))
        await channel.queue_declare("tape", exclusive=True)
        await channel.basic_consume("tape", tape.keep, no_ack=True)
        yield tape


def has(name: str, exchange: str) -> Callable[[DeliveredMessage], bool]:
    """Return what tells a message with this header, published to this exchange."""

    def is_it(message: DeliveredMessage) -> bool:
        headers = message.header.properties.headers or {}
        return name in headers and str(message.exchange).startswith(f"{APP}.{exchange}")

    return is_it


async def record(url: str) -> None:
    """Have each kind of message published, and write it down."""
    env = environment(url, APP=APP)
    async with taping(url) as tape, ingress(url, APP=APP) as door:
        await tape.listen(f"{APP}.unrouted")
        await _post(door, "nothing", traceparent=TRACE)
        await tape.write("webhook", has(webhook_headers.ID, "webhooks"))

        await finished("hookline-workers", "topology", "declare", "consumers", env=env, cwd=HERE)
        for rung in LADDER:
            await tape.listen(f"{APP}.retry.{rung}s")
        await tape.listen(f"{APP}.return", QUEUE)
        await tape.listen(f"{APP}.dead", QUEUE)
        async with worker(url, APP=APP, cwd=HERE):
            await tape.write("adopted", has(webhook_headers.ADOPTED, "return"))
            await _post(door, "retry")
            await tape.write("retry", has(webhook_headers.FIRST, "retry.2s"))
            await _post(door, "wait two days")
            await tape.write("waiting", has(webhook_headers.DUE, "retry.86400s"))
            await _post(door, "reject")
            await tape.write("dead", has(webhook_headers.REASON, "dead"))
            await finished("hookline-workers", *REPLAY, env=env)
            await tape.write("replayed", has(webhook_headers.REPLAYS, "return"))

        await _post(door, "die")
        run = ["hookline-workers", "run", "consumers"]
        for _ in range(2):
            async with started(run, env, HERE) as hands:
                await hands.ended()
        async with started(run, env, HERE):
            await tape.write("suspect", has(webhook_headers.CRASHES, "retry"))
    await _write_control_log(url)


async def _post(door: Ingress, do: str, **headers: str) -> None:
    await door.accepted("orders/create", json.dumps({"do": do}).encode(), app=APP, **headers)


async def _write_control_log(url: str) -> None:
    """Write down what the workers wrote into the control log, a record a line."""
    records: list[bytes] = []
    async with connected([url], "tape") as connection, channel_of(connection) as channel:
        await channel.basic_qos(prefetch_count=100)

        async def keep(message: DeliveredMessage) -> None:
            records.append(message.body)

        arguments: Any = {"x-stream-offset": "first"}
        await channel.basic_consume(control_stream(APP), keep, arguments=arguments)

        async def some() -> bool:
            return bool(records)

        await until(some, what="records")
    assert all(control_records.decode(one) for one in records)
    (HERE / "control.jsonl").write_bytes(b"".join(one + b"\n" for one in records))


def main() -> None:
    """Record on a broker of our own."""
    with tempfile.TemporaryDirectory() as folder:
        node = Node(Path(folder))
        try:
            asyncio.run(record(node.start().url()))
        finally:
            node.stop()


if __name__ == "__main__":
    main()
