"""What dies is nothing: traffic of every kind at a steady rate, and what the processes take while
they handle it.
"""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import linear_regression

import aio_pika
import aiohttp

from schemas.ladder import LADDER
from schemas.names import retry_exchange, unrouted_queue
from tests.faults.scenario import scenario
from tests.faults.stage import Stage
from tests.system.process import Process
from tests.system.waiting import until

MIXED = ("done", "done", "xml", "again", "done", "slow", "reject", "done", "xml", "value")
WARM = 0.25
"""Part of the time after which caches are full and slopes count."""


@scenario("soak", mix=MIXED)
async def soak(stage: Stage) -> None:
    """Go on for twenty minutes, and look at memory, files, threads and tasks."""
    samples: dict[str, list[tuple[float, float]]] = {}
    end = time.monotonic() + stage.seconds(1_200, 6)
    async with stage.fault():
        while time.monotonic() < end:
            for who, kept in (("ingress", stage.door), ("worker", stage.crew[0])):
                for what, value in await _taken(await kept.started()):
                    samples.setdefault(f"{who} {what}", []).append((time.monotonic(), value))
            await asyncio.sleep(stage.seconds(5, 1))  # between two samples
    for name, values in samples.items():
        times, readings = zip(*values[int(len(values) * WARM) :], strict=True)
        stage.measured[name] = readings[-1]
        stage.measured[f"{name} an hour"] = round(
            linear_regression(times, readings).slope * 3_600, 2
        )
    stage.sender.firing.clear()
    await stage.books.complete()
    await until(lambda: _empty(stage), 60, "work queue, ladder and unrouted empty")
    stage.sender.firing.set()


async def _taken(process: Process) -> Iterator[tuple[str, float]]:
    """Return what a process takes now."""
    started = process.events("ingress.started") + process.events("worker.started")
    page = f"http://127.0.0.1:{started[0]['admin_port']}/metrics"
    async with aiohttp.ClientSession() as session, session.get(page) as answer:
        metrics = dict(
            line.rsplit(" ", 1)
            for line in (await answer.text()).splitlines()
            if not line.startswith("#")
        )
    tasks = next(value for name, value in metrics.items() if name.endswith("_tasks"))
    threads = (
        Path(f"/proc/{process.process.pid}/status").read_text().split("Threads:")[1].split()[0]
    )
    return iter(
        (
            ("RSS MiB", round(float(metrics["process_resident_memory_bytes"]) / 2**20, 1)),
            ("files", float(metrics["process_open_fds"])),
            ("threads", float(threads)),
            ("tasks", float(tasks)),
        )
    )


async def _empty(stage: Stage) -> bool:
    """Whether nothing is left on the work queue, the ladder and unrouted."""
    names = [
        stage.queue,
        unrouted_queue(stage.app),
        *(retry_exchange(stage.app, rung) for rung in LADDER),
    ]
    async with (
        await aio_pika.connect(stage.node.url()) as connection,
        connection.channel() as channel,
    ):
        queues = [await channel.declare_queue(name, passive=True) for name in names]
    return not any(queue.declaration_result.message_count for queue in queues)
