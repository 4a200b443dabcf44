"""What authors' code may do to a worker: it is refused at the start with exit 2, or held to its
bounds.
"""

import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aio_pika.abc import AbstractChannel

from runtime.hiding import NAMES
from tests.system.broker import ready
from tests.system.process import Process
from tests.system.processes import environment, finished, ingress, spawn, worker
from tests.system.record import Record
from tests.system.waiting import until

HEAD = """
import os, time
from workers import Delivery, RetryPolicy, consumer
from tenacity import stop_after_attempt, wait_fixed
"""
HANGS = f"""{HEAD}
@consumer("orders/create", concurrency=2, timeout=0.3, retry=RetryPolicy(wait=wait_fixed(1)))
def hangs(delivery: Delivery[dict]) -> None:
    with open(os.environ["RECORD"], "a") as file:
        file.write('{{"who": "hangs"}}\\n')
    while not os.path.exists(os.environ["RECORD"] + ".go"):
        time.sleep(0.02)
"""


async def metric(process: Process, name: str) -> float:
    """Return a metric of one consumer."""
    port = process.events("worker.started")[0]["admin_port"]
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as page,
    ):
        lines = (await page.text()).splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), 0.0)


async def test_plain_handlers_that_hang_leave_a_bounded_number_of_threads_and_go_on_when_they_end(
    url: str, app: str, amqp: AbstractChannel, record: Record, tmp_path: Path
) -> None:
    (tmp_path / "consumers.py").write_text(HANGS)
    queue = f"{app}.hangs.orders.create"
    async with ingress(url, APP=app) as door, worker(url, APP=app, cwd=tmp_path) as workers:
        for number in range(9):
            await door.accepted("orders/create", b'{"id": %d}' % number, app=app)
        held = await workers.event("consumer.held", consumer="hangs", level="error")
        assert held["left_behind"] == 2

        async def only_waiting() -> bool:
            running = await metric(workers, "hookline_handlers_running{")
            return running == 2 and await ready(amqp, queue) == 7

        await until(only_waiting, what="the prefetch full of webhooks that wait")
        begun = len(record.lines("hangs"))
        assert begun == await metric(workers, "hookline_handlers_left_behind{") <= 4

        record.touch(".go")
        await workers.event("consumer.goes_on", consumer="hangs")

        async def all_is_handled() -> bool:
            running = await metric(workers, "hookline_handlers_running{")
            return running == 0 and await ready(amqp, queue) == 0

        await until(all_is_handled, what="all handled")
        assert await workers.stop() == 0
    assert 0 == await ready(amqp, queue), "the worker held one back"


async def test_webhooks_that_wait_for_hanging_handlers_go_back_when_the_worker_stops(
    url: str, app: str, amqp: AbstractChannel, record: Record, tmp_path: Path
) -> None:
    (tmp_path / "consumers.py").write_text(HANGS)
    async with ingress(url, APP=app) as door, worker(url, APP=app, cwd=tmp_path) as workers:
        for number in range(9):
            await door.accepted("orders/create", b'{"id": %d}' % number, app=app)
        await workers.event("consumer.held")

        async def held() -> bool:
            running = await metric(workers, "hookline_handlers_running{")
            return running == 2 and await ready(amqp, f"{app}.hangs.orders.create") == 7

        await until(held, what="two that wait")
        workers.signal(signal.SIGTERM)
        assert await workers.ended(seconds=15) == 0  # and not the 25 s that a drain may take
        assert workers.events("worker.stopped")[0]["cut_off"] == 0


HANDLES = f"""{HEAD}
@consumer("orders/create")
async def handles(delivery: Delivery[dict]) -> None:
    with open(os.environ["RECORD"], "a") as file:
        file.write('{{"who": "handles"}}\\n')
"""


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """A folder with consumers, beside packages of the author's that have the names of ours."""
    (tmp_path / "consumers.py").write_text(HANDLES)
    for name in NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('theirs was taken')")
    return tmp_path


async def test_several_worker_processes_handle_webhooks_beside_packages_with_the_names_of_ours(
    url: str, app: str, record: Record, crowded: Path
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--processes", "2", cwd=crowded, APP=app) as workers,
    ):
        await door.accepted("orders/create", b"{}", app=app)

        async def handled() -> bool:
            return len(record.lines("handles")) == 1

        await until(handled, what="the webhook handled")
        assert [] == workers.events("process.ended")
        assert 0 == await workers.stop()


async def test_several_ingress_processes_start_once_beside_packages_with_the_names_of_ours(
    url: str, app: str, crowded: Path
) -> None:
    arguments = ("serve", "--processes", "2")
    env = environment(url, APP=app)
    process = Process(await spawn("hookline-ingress", *arguments, env=env, cwd=crowded))

    async def all_started() -> bool:
        assert [] == process.events("process.ended")
        return len(process.events("ingress.started")) == 3  # the parent says so too

    try:
        await until(all_started, what="both processes started")
    finally:
        assert 0 == await process.stop()


BROKEN: list[tuple[str, Any]] = [
    (
        (
            '@consumer("orders/create", concurrency=4 / 2)\n'
            "async def half(delivery: Delivery[dict]) -> None: ..."
        ),
        "half",
    ),
    ("@consumer\nasync def first(delivery: Delivery[dict]) -> None: ...", "first"),
    ('@consumer("orders/create")\nasync def kw(*, delivery: Delivery[dict]) -> None: ...', "kw"),
    (
        (
            '@consumer("orders/*", "orders/create")\n'
            "async def twice(delivery: Delivery[dict]) -> None: ..."
        ),
        "twice",
    ),
]


Case = tuple[tuple[str, ...], str, Any]
EACH_BY_ONE: list[Case] = [(("run",), *broken) for broken in BROKEN]
ONE_BY_EACH: list[Case] = [
    (command, *BROKEN[0]) for command in (("check",), ("topology", "declare"))
]


@pytest.mark.parametrize(("command", "text", "name"), EACH_BY_ONE + ONE_BY_EACH)
async def test_a_consumer_that_could_not_work_ends_every_command_at_once_with_file_line_and_name(
    url: str, app: str, tmp_path: Path, command: tuple[str, ...], text: str, name: str
) -> None:
    (tmp_path / "consumers.py").write_text(HEAD + text)
    code, _, err = await finished(
        "hookline-workers", *command, "consumers", env=environment(url, APP=app), cwd=tmp_path
    )
    assert code == 2
    assert f"{tmp_path}/consumers.py:" in err
    assert f"consumer {name!r}: " in err
    assert "Traceback" not in err
