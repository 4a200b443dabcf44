"""SIGTERM, at every moment of a life: the command ends in order, exit code 0; and it ends where it
cannot go on.
"""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aio_pika import Message
from aio_pika.abc import AbstractChannel

from deploy.local.rabbitmq import Node
from tests.system.door import Ingress
from tests.system.process import Process, catches
from tests.system.processes import environment, finished, ingress, spawn, started, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER
from tests.system.waiting import until

COMMANDS = {
    "ingress": ["hookline-ingress"],
    "worker": ["hookline-workers", "run", "consumers", "--consumer", "taker"],
}
both = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)


@asynccontextmanager
async def silent_listener() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Stand for a broker that accepts and says nothing; yields its URL, and what is set when
    somebody has come.
    """
    came = asyncio.Event()
    gone = asyncio.Event()

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        await gone.wait()
        writer.transport.abort()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"amqp://guest:guest@127.0.0.1:{server.sockets[0].getsockname()[1]}/", came
    finally:
        gone.set()
        server.close()


@both
@pytest.mark.usefixtures("begun_as_users_do")
async def test_it_stops_as_soon_as_it_can_answer_a_signal(
    url: str, app: str, command: list[str]
) -> None:
    async with started(command, environment(url, APP=app)) as process:
        await until(lambda: catches(process, signal.SIGTERM))
        process.signal(signal.SIGTERM)
        assert await process.ended(20) == 0


async def _is_taken(process: Process) -> bool:
    """Tell whether the main thread sleeps and no signal waits for it."""
    lines = Path(f"/proc/{process.process.pid}/status").read_text().splitlines()
    pending = [line.split()[1] for line in lines if line.startswith(("SigPnd", "ShdPnd"))]
    asleep = any(line.startswith("State:") and "S (sleeping)" in line for line in lines)
    return asleep and not any(int(one, 16) for one in pending)


@both
@pytest.mark.usefixtures("begun_as_users_do")
async def test_it_stops_as_soon_as_it_has_started(url: str, app: str, command: list[str]) -> None:
    async with started(command, environment(url, APP=app)) as process:
        await process.event(f"{_role(command)}.started")
        process.signal(signal.SIGTERM)
        assert await process.ended(20) == 0


def _role(command: list[str]) -> str:
    return "ingress" if command == COMMANDS["ingress"] else "worker"


@both
async def test_it_stops_as_soon_as_it_is_connected(url: str, app: str, command: list[str]) -> None:
    async with started(command, environment(url, APP=app)) as process:
        await process.event("broker.connected")
        process.signal(signal.SIGTERM)
        assert await process.ended(20) == 0


@both
async def test_it_stops_while_a_broker_accepts_and_says_nothing(
    app: str, command: list[str]
) -> None:
    async with (
        silent_listener() as (url, came),
        started(command, environment(url, APP=app)) as process,
    ):
        await asyncio.wait_for(came.wait(), 20)
        process.signal(signal.SIGTERM)
        assert await process.ended(20) == 0


@both
async def test_it_stops_while_no_broker_answers(app: str, command: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening: refused
        url = f"amqp://guest:guest@127.0.0.1:{taken.getsockname()[1]}/"
        async with started(command, environment(url, APP=app)) as process:
            await process.event("broker.unreachable")
            process.signal(signal.SIGTERM)
            assert await process.ended(20) == 0


@dataclass
class Stage:
    """What a moment is made of."""

    node: Node
    process: Process
    app: str


async def ready(_: Stage) -> None:
    """Nothing happens: it is ready."""


async def frozen(stage: Stage) -> None:
    """The broker is frozen: it is connected, and silent."""
    stage.node.freeze()


async def in_an_outage(stage: Stage) -> None:
    """The broker was there, and is gone."""
    await asyncio.to_thread(stage.node.stop)
    await stage.process.event("broker.lost")


async def publishing_to_a_frozen_broker(stage: Stage) -> None:
    """Webhooks wait for their confirms."""
    stage.node.freeze()
    if isinstance(stage.process, Ingress):
        answer = await stage.process.post("orders/create", ORDER, app=stage.app)
        assert answer.status == 503


MOMENTS: list[Callable[[Stage], Awaitable[None]]] = [
    ready,
    frozen,
    in_an_outage,
    publishing_to_a_frozen_broker,
]


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
async def test_both_commands_stop_in_order(
    node: Node,
    url: str,
    app: str,
    record: Record,
    moment: Callable[[Stage], Awaitable[None]],
) -> None:
    async with (
        ingress(url, APP=app, CONFIRM_TIMEOUT="1") as door,
        worker(url, "--consumer", "taker", APP=app) as taker,
    ):
        both_of_them = (door, taker)
        try:
            for process in both_of_them:
                await moment(Stage(node, process, app))
            for process in both_of_them:
                process.signal(signal.SIGTERM)
            codes = [await process.ended(25) for process in both_of_them]
            assert [0, 0] == codes
        finally:
            if node.pid is not None:
                node.thaw()


async def test_a_worker_stops_while_it_looks_through_thousands_of_unrouted_webhooks(
    url: str, app: str, amqp: AbstractChannel, record: Record
) -> None:
    async with ingress(url, APP=app):
        exchange = await amqp.get_exchange(f"{app}.webhooks")
        letters = [
            exchange.publish(Message(b"{}"), routing_key="products.create") for _ in range(5_000)
        ]
        await asyncio.gather(*letters)
    async with worker(url, "--consumer", "taker", APP=app) as workers:
        await until(lambda: _looked_at(amqp, app), what="some are held")
        workers.signal(signal.SIGTERM)
        assert await workers.ended(20) == 0


async def _looked_at(amqp: AbstractChannel, app: str) -> bool:
    counted = await amqp.declare_queue(f"{app}.unrouted", passive=True)
    return 0 < (counted.declaration_result.message_count or 0) < 4_900


async def test_a_second_signal_ends_a_worker_whose_handler_blocks_the_loop(
    url: str, app: str, record: Record, tmp_path: Path
) -> None:
    (tmp_path / "blocking.py").write_text(BLOCKING)
    async with ingress(url, APP=app) as door:
        command = ["hookline-workers", "run", "blocking"]
        process = Process(await spawn(*command, env=environment(url, APP=app), cwd=tmp_path))
        try:
            await process.event("broker.connected", role="consume")
            await door.accepted("orders/create", ORDER, app=app)
            await handled(record, "blocking")
            process.signal(signal.SIGTERM)
            await until(lambda: _is_taken(process), what="the first signal is taken")
            process.signal(signal.SIGINT)
            assert await process.ended(30) == 3
        finally:
            if process.process.returncode is None:
                process.signal(signal.SIGKILL)


BLOCKING = """
import json, os, time
from workers import Delivery, consumer

@consumer("orders/create")
async def blocking(delivery: Delivery[bytes]) -> None:
    with open(os.environ["RECORD"], "a") as record:
        record.write(json.dumps({"who": "blocking", "id": delivery.webhook.id}) + "\\n")
    time.sleep(600)
"""


@both
async def test_a_port_that_is_taken_ends_the_start_with_a_sentence(
    url: str, app: str, command: list[str]
) -> None:
    port = "PORT" if _role(command) == "ingress" else "ADMIN_PORT"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = str(taken.getsockname()[1])
        env = environment(url, APP=app, **{port: number})
        code, out, err = await asyncio.wait_for(finished(*command, env=env), 30)
    assert code == 1, out
    assert "address already in use" in err.lower()
    assert number in err
    assert "Traceback" not in err


BROKEN = """
import aiormq

async def broken(*arguments, **options):
    raise KeyError("unexpected")

aiormq.Channel.{method} = broken
"""


@pytest.mark.parametrize(
    ("command", "method"),
    [
        (COMMANDS["ingress"], "queue_declare"),
        (COMMANDS["ingress"], "exchange_declare"),
        (COMMANDS["worker"], "queue_declare"),
        (COMMANDS["worker"], "basic_qos"),
        (COMMANDS["worker"], "basic_consume"),
    ],
)
async def test_an_unexpected_error_of_any_task_ends_the_process(
    url: str, app: str, tmp_path: Path, command: list[str], method: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(BROKEN.format(method=method))
    env = environment(url, APP=app) | {"PYTHONPATH": str(tmp_path)}
    code, out, err = await asyncio.wait_for(finished(*command, env=env), 30)
    assert code == 1, out
    assert "unexpected" in err
