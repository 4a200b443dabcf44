"""`make bench-console`: how soon the console answers, and how large its pages are.

A broker of its own holds 200 work queues and 100,000 dead letters; 50 processes write a pulse, each
of a tenth of the queues. The first bytes are timed while the console reads all of that.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import aio_pika
import aiohttp
from aio_pika.abc import AbstractExchange

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import declare
from runtime.amqp.link import connected
from runtime.ports import free_ports
from schemas import control_records
from schemas.control import ControlState
from schemas.dead_letter import DeadLetter, Reason
from schemas.names import WorkQueue, dead_exchange
from schemas.pulse import Beat, DoorBeat, ProcessKind, QueueBeat
from schemas.pulse_records import encode
from schemas.pulse_topology import pulse_stream, whole_topology
from schemas.topology import VERSION
from tests.bench.stage import private_broker
from workers.broker import control
from workers.broker.publisher import Publisher
from workers.console.passwords import hashed

APP = "bench"
PASSWORD = "look-and-act"
CONSUMERS = 40
TOPICS = tuple(f"orders.t{number}" for number in range(5))
PROCESSES = 50
LETTERS = int(os.environ.get("LETTERS", "100000"))
ERRORS = 30
ROUNDS = 40
BEAT_EVERY = 5.0
LETTER = "/letter?queue=bench.dead.c0.orders.t0&id=01a22629-02fb-7004-9fac-000000000000&consumer=c0"
"""Is fetched from the broker each time, so that its first byte is not held to the limit."""
PAGES = (
    "/",
    "/dead-letters",
    "/dead-letters?q=consumer:c3",
    "/waiting",
    "/processes",
    "/topology",
    "/log",
    LETTER,
)
FIRST_BYTE_MS = 50.0
PAGE_BYTES = 150_000


def queues() -> list[WorkQueue]:
    """Return the work queues."""
    return [WorkQueue(APP, f"c{one}", topic) for one in range(CONSUMERS) for topic in TOPICS]


async def lay(url: str) -> None:
    """Declare the queues, write down that they are used, and lay the dead letters."""
    known = queues()
    async with connected([url], "bench") as connection:
        await declare(KeptChannel.on(connection), whole_topology(APP, known))
        names = [queue.name for queue in known]
        now_ms = int(time.time() * 1000)
        record = control_records.declared(
            ControlState(), names, (), (), topology=VERSION, by="bench", at=now_ms
        )
        assert record is not None
        await control.write(Publisher.on(connection, 10), APP, record)

    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(dead_exchange(APP), ensure=False)
        for start in range(0, LETTERS, 500):
            numbers = range(start, min(LETTERS, start + 500))
            await asyncio.gather(*(exchange.publish(*letter(number, known)) for number in numbers))


def letter(number: int, known: Sequence[WorkQueue]) -> tuple[aio_pika.Message, str]:
    """Return a dead letter, and the queue that it died of."""
    queue = known[number % 20]
    now_ms = int(time.time() * 1000)
    died = DeadLetter(
        queue.consumer, Reason.EXHAUSTED, 12, now_ms - number, f"KeyError: 'k{number % ERRORS}'"
    )
    headers: dict[str, Any] = {
        "webhook-id": f"01a22629-02fb-7004-9fac-{number:012x}",
        "webhook-shop": f"shop-{number % 500}.spiffystores.com",
        "webhook-received-ms": now_ms - number,
    }
    message = aio_pika.Message(
        b'{"id": 1}',
        headers=headers | died.headers(),
        content_type="application/json",
        type=queue.topic.replace(".", "/"),
        delivery_mode=2,
    )
    return message, queue.name


def beats(round_: int, known: Sequence[WorkQueue]) -> Iterator[bytes]:
    """Yield what the processes say of themselves."""
    now_ms = int(time.time() * 1000)
    for number in range(PROCESSES):
        own = known[number % 10 :: 10]
        counted = QueueBeat(running=3, done=1_000 * round_, taken_ms=now_ms, empty_ms=now_ms)
        process = f"host-{number}:1:abcd"
        role = ProcessKind.WORKER
        queues_of: dict[str, QueueBeat] = {queue.name: counted for queue in own}
        door = None
        if number < 5:
            role = ProcessKind.INGRESS
            queues_of = {}
            door = DoorBeat(accepted=5_000 * round_, confirm_p99_ms=12)
        beat = Beat(now_ms, process, role, f"host-{number}", "0.1.0", now_ms, queues_of, door)
        yield encode(beat)


@asynccontextmanager
async def pulse(url: str) -> AsyncIterator[None]:
    """Write the pulse meanwhile."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(pulse_stream(APP), ensure=False)
        await beat_once(exchange, 1)
        beating = asyncio.create_task(beat_on(exchange))
        yield
        beating.cancel()


async def beat_on(exchange: AbstractExchange) -> None:
    """Write beats until cancelled."""
    round_ = 2
    while True:
        await asyncio.sleep(BEAT_EVERY)
        await beat_once(exchange, round_)
        round_ += 1


async def beat_once(exchange: AbstractExchange, round_: int) -> None:
    """Write a beat of each process."""
    for body in beats(round_, queues()):
        await exchange.publish(aio_pika.Message(body), "")


@contextmanager
def console(url: str) -> Iterator[tuple[str, int]]:
    """Run a console; yield its address and its process."""
    (port,) = free_ports(1)
    environment = os.environ | {
        "HOOKLINE_AMQP_URL": url,
        "HOOKLINE_APP": APP,
        "HOOKLINE_CONSOLE_USERS": f"jane:{hashed(PASSWORD)}:operator",
        "HOOKLINE_CONSOLE_PORT": str(port),
    }
    command = [str(Path(sys.executable).parent / "hookline-workers"), "console"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(30)


async def logged_in(session: aiohttp.ClientSession, address: str) -> None:
    """Log in, once the console answers."""
    form = {"name": "jane", "password": PASSWORD}
    for _ in range(200):
        try:
            async with session.post(f"{address}/login", data=form) as answer:
                assert 200 == answer.status, await answer.text()
                return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.1)
    raise TimeoutError("the console does not answer")


async def timed(session: aiohttp.ClientSession, url: str) -> tuple[float, int, int]:
    """Return the milliseconds to the first byte, and a page's bytes, packed and unpacked."""
    began = time.perf_counter()
    async with session.get(url, headers={"Accept": "text/html"}) as answer:
        first = (time.perf_counter() - began) * 1000
        assert 200 == answer.status
        packed = int(answer.headers.get("Content-Length", "0"))
        return first, packed, len(await answer.read())


async def measure(url: str) -> list[dict[str, Any]]:
    """Return what each page takes."""
    found = []
    with console(url) as (address, pid):
        headers = {"Origin": address}
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, headers=headers) as session:
            await logged_in(session, address)
            while "looking" in await page(session, f"{address}/dead-letters"):
                await asyncio.sleep(0.5)
            for path in PAGES:
                await timed(session, address + path)
                taken = []
                for _ in range(ROUNDS):
                    taken.append(await timed(session, address + path))
                    await asyncio.sleep(0.05)
                firsts = sorted(first for first, _, _ in taken)
                _, packed, whole = taken[-1]
                found.append(
                    {
                        "page": path,
                        "first_byte_ms": round(median(firsts), 1),
                        "p95_ms": round(firsts[int(0.95 * ROUNDS)], 1),
                        "bytes": whole,
                        "packed": packed,
                    }
                )
        status = Path(f"/proc/{pid}/status").read_text()
        memory = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    print(f"memory of the console at most: {int(memory) // 1024} MiB")
    return found


async def page(session: aiohttp.ClientSession, url: str) -> str:
    """Return a page."""
    async with session.get(url, headers={"Accept": "text/html"}) as answer:
        return await answer.text()


async def bench() -> int:
    """Lay everything out, measure, print; 1 where a page is too slow or too large."""
    with private_broker() as (node, _):
        url = node.url()
        await lay(url)
        async with pulse(url):
            found = await measure(url)
    for row in found:
        print(json.dumps(row), flush=True)
    slow = [row for row in found if row["first_byte_ms"] > FIRST_BYTE_MS and row["page"] != LETTER]
    large = [row for row in found if row["bytes"] > PAGE_BYTES]
    return int(bool(slow or large))


if __name__ == "__main__":
    sys.exit(asyncio.run(bench()))
