"""Several processes behind one command: they share the work, die alone, stop together, and are seen
as one.
"""

import asyncio
import os
import signal
from pathlib import Path

import aiohttp
import pytest

from tests.system.door import Ingress
from tests.system.pages import all_ready, parents_page
from tests.system.process import Process, children
from tests.system.processes import environment, ingress, spawn, worker
from tests.system.record import Record, handled
from tests.system.waiting import until


async def post_apart(door: Ingress, app: str, count: int) -> None:
    """Post webhooks, each on a connection of its own."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True)
    ) as door.session:
        for number in range(count):
            await door.accepted("orders/create", b'{"id": %d}' % number, app=app)


async def test_processes_of_the_ingress_share_the_port_and_show_their_metrics_together(
    url: str, app: str
) -> None:
    async with ingress(url, "serve", "--processes", "2", APP=app) as door:
        assert 2 == len(await children(door))
        await post_apart(door, app, 40)
        _, metrics = await parents_page(door, "metrics")
        counts = [
            line
            for line in metrics.splitlines()
            if line.startswith("hookline_webhooks_accepted_total{")
        ]
        assert 40 == sum(float(line.rsplit(" ", 1)[1]) for line in counts)
        assert ['process="1"', 'process="2"'] == sorted(
            line.split("{")[1].split(",")[0] for line in counts
        )
        assert 1 == metrics.count("# TYPE hookline_webhooks_accepted_total counter")
        assert await door.stop() == 0


async def test_a_process_that_dies_is_replaced_and_the_others_go_on(url: str, app: str) -> None:
    async with ingress(url, "serve", "--processes", "2", APP=app) as door:
        victim, other = sorted(await children(door))
        os.kill(victim, signal.SIGKILL)
        await door.event("process.ended", code=-9)

        async def replaced() -> bool:
            return len(await children(door)) == 2 and await all_ready(door)

        await until(replaced)
        assert other in await children(door)
        await post_apart(door, app, 10)


async def test_processes_end_with_their_parent(url: str, app: str) -> None:
    async with ingress(url, "serve", "--processes", "2", APP=app) as door:
        orphans = await children(door)
        door.signal(signal.SIGKILL)

        async def gone() -> bool:
            return not any(Path(f"/proc/{pid}").exists() for pid in orphans)

        await until(gone)


async def test_processes_of_workers_share_the_queue_and_drain_together(
    url: str, app: str, record: Record
) -> None:
    async with ingress(url, APP=app) as door:
        async with worker(url, "--processes", "2", "--consumer", "slow", APP=app) as workers:
            ids = {
                await door.accepted("orders/create", b'{"id": %d}' % number, app=app)
                for number in range(20)
            }
            begun = await handled(record, "slow begins", 20)
            workers.signal(signal.SIGTERM)
            record.touch(".go")
            assert await workers.ended() == 0
    assert 2 == len({line["pid"] for line in begun})
    assert ids == {line["id"] for line in record.lines("slow ends")}


async def test_several_processes_end_with_the_worst_exit_code_of_them(
    url: str, app: str, record: Record
) -> None:
    async with ingress(url, APP=app) as door:
        async with worker(
            url, "--processes", "2", "--consumer", "slow", APP=app, DRAIN_TIMEOUT="1"
        ) as workers:
            await door.accepted("orders/create", b'{"id": 1}', app=app)
            await handled(record, "slow begins")
            workers.signal(signal.SIGTERM)
            assert await workers.ended() == 3
            assert {0, 1} == {event["cut_off"] for event in workers.events("worker.stopped")}


@pytest.mark.parametrize(
    "command", [["hookline-ingress", "serve"], ["hookline-workers", "run", "consumers"]]
)
async def test_a_number_of_processes_that_cannot_be_is_refused(
    url: str, command: list[str]
) -> None:
    process = Process(await spawn(*command, "--processes", "0", env=environment(url)))
    assert await asyncio.wait_for(process.ended(), 20) == 2
    assert "--processes" in process.written
