"""The units at work: systemd as the first process of a container, with a real broker beside it."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.local.rabbitmq import Node
from runtime.ports import free_ports
from tests.deploy.containers import Containers
from tests.deploy.machine import ROOT, Machine
from tests.deploy.roads import ENABLE_INGRESS, ENABLE_WORKER, INSTALL, WHEEL
from tests.deploy.units import CONSOLE, INGRESS, SHARED, SOCKET, unit
from tests.system.processes import BIN
from tests.system.record import Record, handled
from tests.system.samples import SECRET
from tests.system.senders import Senders
from tests.system.test_console import logged_in, users
from tests.system.waiting import until

pytestmark = [
    pytest.mark.slow("lays out a Debian, builds an image, boots systemd in a container"),
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("containers"),
]

APP = "machine"
SLOW = "hookline-worker@slow:orders-create.service"
ERP = "hookline-worker@erp:orders-create.service"
TAKER = "hookline-worker@taker.service"
PICKY = "hookline-worker@picky.service"
FOR_THE_CONSOLE = "--lock deploy/requirements/console.txt"
RECORDING = "[Service]\nEnvironment=RECORD=/record/lines\nReadWritePaths=/record\n"
NO_MEMORY_OF_FAILURES = ("reset-failed", "hookline-*")


def source_tree(folder: Path) -> Path:
    """Return a copy of this one, with the environment that `make .venv/made` makes."""
    not_copied = shutil.ignore_patterns(".*", "dist")
    shutil.copytree(ROOT, folder, ignore=not_copied)
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/hatchling").symlink_to(BIN / "hatchling")
    return folder


@pytest.fixture(scope="module")
def tree(containers: Containers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source tree with a wheel made in it."""
    made = source_tree(tmp_path_factory.mktemp("source") / "tree")
    containers.run("bash", "-euc", f"cd {made}\n{WHEEL}")
    return made


@pytest.fixture(scope="module")
async def machine(
    containers: Containers, tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> Machine:
    """A machine on which the install script has been run, twice."""
    made = Machine(containers, tmp_path_factory.mktemp("machine"))
    made.build()
    await made.boot(tree)
    made.as_root(tree, INSTALL)
    assert "made" not in made.as_root(tree, INSTALL)

    (made.code / "consumers.py").write_text((ROOT / "tests/system/consumers.py").read_text())
    made.drop_in("hookline-worker@.service", RECORDING)
    return made


@pytest.fixture
async def port(machine: Machine, node: Node) -> AsyncIterator[int]:
    """The ingress's port; everything is set, and nothing runs."""
    public, admin = free_ports(2)
    broker = {"HOOKLINE_AMQP_URL": node.start().url(), "HOOKLINE_APP": APP}
    machine.set("worker.env", broker | {"MODULES": "consumers", "HOOKLINE_DRAIN_TIMEOUT": "1"})
    machine.set(
        "ingress.env",
        broker
        | {
            "HOOKLINE_SECRETS": SECRET,
            "HOOKLINE_SECRETS_FILE": "",
            "HOOKLINE_HOST": "127.0.0.1",
            "HOOKLINE_PORT": str(public),
            "HOOKLINE_ADMIN_PORT": str(admin),
            "HOOKLINE_DRAIN_DELAY": "0",
            "PROCESSES": "1",
        },
    )
    machine.drop_in(SOCKET, f"[Socket]\nListenStream=\nListenStream=127.0.0.1:{public}\n")
    yield public
    await machine.systemctl("stop", "hookline-*")
    await machine.systemctl(*NO_MEMORY_OF_FAILURES)


@pytest.fixture
def record(machine: Machine) -> Iterator[Record]:
    """What the workers write."""
    yield Record(machine.record / "lines")
    for file in machine.record.iterdir():
        file.unlink()


async def answered(port: int) -> None:
    """Wait until a webhook is taken in."""
    async with Senders(port, APP) as senders:

        async def so() -> bool:
            return senders.answers[200] > 0

        await until(so, what="a webhook taken in")


async def test_a_webhook_goes_through_the_machine(
    machine: Machine, port: int, record: Record
) -> None:
    await machine.systemctl("start", INGRESS, TAKER)
    await answered(port)
    assert await handled(record, "taker")


async def test_the_readmes_road_ends_with_a_handled_webhook(machine: Machine, port: int) -> None:
    shutil.copytree(ROOT / "examples/shop", machine.code / "shop")
    machine.set("worker.env", {"MODULES": "shop.consumers"})
    for command in (ENABLE_INGRESS, ENABLE_WORKER):
        await asyncio.to_thread(machine.as_root, Path("/"), command)

    async def done() -> bool:
        return bool(await asyncio.to_thread(machine.events, ERP, "delivery.done"))

    async with Senders(port, APP):
        await until(done, what="a webhook handled")


async def test_what_runs_is_nobody_in_particular_and_may_nothing(
    machine: Machine, port: int
) -> None:
    await machine.systemctl("start", INGRESS)
    await answered(port)
    status = machine.of_first_process(INGRESS)
    assert "0" not in status["Uid"].split()
    assert (0, "1", "2") == (int(status["CapEff"], 16), status["NoNewPrivs"], status["Seccomp"])

    pid = machine.says(INGRESS, "MainPID")["MainPID"]
    limits = machine.run("cat", f"/proc/{pid}/limits")
    (open_files,) = re.findall(r"^Max open files +(\d+)", limits, re.MULTILINE)
    assert unit(SHARED)["LimitNOFILE"] == [open_files]


async def test_a_secret_in_a_file_is_read_by_a_group_that_may(machine: Machine, port: int) -> None:
    machine.run("groupadd", "--system", "--force", "hookline")
    (machine.settings / "secrets").write_text(SECRET)
    machine.run("chgrp", "hookline", "/etc/hookline/secrets")
    machine.run("chmod", "640", "/etc/hookline/secrets")
    in_a_file = {"HOOKLINE_SECRETS": "", "HOOKLINE_SECRETS_FILE": "/etc/hookline/secrets"}
    machine.set("ingress.env", in_a_file)

    await machine.systemctl("start", INGRESS)
    await machine.until_says(INGRESS, ActiveState="failed", ExecMainStatus="2")
    machine.drop_in(INGRESS, "[Service]\nSupplementaryGroups=hookline\n")
    await machine.systemctl(*NO_MEMORY_OF_FAILURES)
    await machine.systemctl("start", INGRESS)
    await answered(port)


async def test_a_service_that_is_killed_comes_back(machine: Machine, port: int) -> None:
    await machine.systemctl("start", INGRESS)
    await answered(port)
    await machine.systemctl("kill", "--signal=KILL", "--kill-whom=main", INGRESS)
    await machine.until_says(INGRESS, NRestarts="1", SubState="running")
    await answered(port)


async def test_a_service_stops_in_order(machine: Machine, port: int) -> None:
    await machine.systemctl("start", INGRESS)
    await answered(port)
    await machine.systemctl("stop", INGRESS)
    assert {"ActiveState": "inactive", "Result": "success", "ExecMainStatus": "0"} == machine.says(
        INGRESS, "ActiveState", "Result", "ExecMainStatus"
    )
    assert machine.events(INGRESS, "ingress.stopped")


async def test_bad_settings_are_not_tried_again(machine: Machine, port: int) -> None:
    machine.set("ingress.env", {"HOOKLINE_PORT": "public"})
    await machine.systemctl("start", INGRESS)
    await machine.until_says(INGRESS, ActiveState="failed", ExecMainStatus="2", NRestarts="0")
    assert "HOOKLINE_PORT" in machine.finished("systemctl", "status", INGRESS).stdout


async def test_a_drain_that_cuts_a_handler_off_is_no_failure(
    machine: Machine, port: int, record: Record
) -> None:
    await machine.systemctl("start", INGRESS, SLOW)
    async with Senders(port, APP):
        await handled(record, "slow begins", seconds=60)
    await machine.systemctl("stop", SLOW)
    # A unit that has failed would stay so; systemd forgets one that has not, its exit code too.
    assert {"ActiveState": "inactive", "Result": "success"} == machine.says(
        SLOW, "ActiveState", "Result"
    )
    (stopped,) = machine.events(SLOW, "worker.stopped")
    assert 0 < stopped["cut_off"]


@pytest.mark.parametrize("processes", ["1", "2"])
async def test_with_the_socket_a_restart_refuses_no_connection(
    machine: Machine, port: int, processes: str
) -> None:
    machine.set("ingress.env", {"PROCESSES": processes})
    await machine.systemctl("start", SOCKET, INGRESS)
    async with Senders(port, APP) as senders:
        await senders.answered(100)
        before = machine.says(INGRESS, "MainPID")
        await machine.systemctl("restart", INGRESS)
        assert before != machine.says(INGRESS, "MainPID")
        await senders.answered(100)
        await senders.end()
    assert {200: senders.answers.total()} == senders.answers


async def test_bad_settings_close_the_socket_in_the_end(machine: Machine, port: int) -> None:
    machine.set("ingress.env", {"HOOKLINE_APP": "Not A Name"})
    await machine.systemctl("start", SOCKET)
    async with Senders(port, APP):
        await machine.until_says(SOCKET, 120, ActiveState="failed", Result="trigger-limit-hit")


async def test_the_console_shows_itself_and_keeps_what_is_dropped(
    machine: Machine, tree: Path, port: int, node: Node
) -> None:
    machine.as_root(tree, f"{INSTALL} {FOR_THE_CONSOLE}")
    console, admin = free_ports(2)
    machine.set(
        "console.env",
        {
            "HOOKLINE_AMQP_URL": node.start().url(),
            "HOOKLINE_APP": APP,
            "HOOKLINE_CONSOLE_USERS": users(),
            "HOOKLINE_CONSOLE_PORT": str(console),
            "HOOKLINE_ADMIN_PORT": str(admin),
        },
    )
    await machine.systemctl("start", INGRESS, PICKY, CONSOLE)

    async def logged(unit: str, event: str) -> bool:
        return bool(await asyncio.to_thread(machine.events, unit, event))

    # What comes before the worker is up goes to the queues of the tests before, and not to its own.
    async with Senders(port, APP):
        await until(lambda: logged(PICKY, "delivery.dead"), what="a dead letter")
    await until(lambda: logged(CONSOLE, "console.started"), what="the console")
    async with logged_in(f"http://127.0.0.1:{console}/", "jane") as session:
        async with session.get("act/drop", params={"of": "dead"}) as answer:
            (token, *_) = re.findall(r'name="token" value="([^"]+)"', await answer.text())
        async with session.post("act/drop", data={"token": token, "of": "dead", "all": "1"}) as got:
            assert got.url.path == "/operations"
        await until(lambda: logged(CONSOLE, "console.operation_ended"), what="dropped")

    kept = machine.run("sh", "-c", "cat /var/lib/hookline-console/*.jsonl")
    assert "unknown SKU" in kept
    await machine.systemctl("stop", CONSOLE)
    assert {"Result": "success"} == machine.says(CONSOLE, "Result")
