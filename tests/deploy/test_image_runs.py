"""The image, built and run as production runs it: read-only, without capabilities."""

import asyncio
import json
from pathlib import Path

import pytest

from deploy.image.sbom import bill_of_materials
from deploy.local.rabbitmq import Node
from runtime.ports import free_ports
from tests.deploy.built import BASE, HARDENED, IMAGE, SLOW, file_and_folder, running, taken_in
from tests.deploy.containers import Containers
from tests.deploy.roads import BUILD
from tests.deploy.test_image import LOCKS, PROJECT, ROOT
from tests.system.record import Record, handled
from tests.system.samples import SECRET
from tests.system.waiting import until

pytestmark = SLOW

LOOK = """
import json, os, sys
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
places = ("/", "/tmp", "/app", "/opt/hookline", "/var/lib/hookline")
writable = [path for path in places if os.access(path, os.W_OK)]
print(json.dumps({
    "user": [os.getuid(), os.getgid()],
    "writable": writable,
    "python": "{}.{}".format(*sys.version_info),
    "capabilities": int(status["CapEff"], 16),
    "no_new_privileges": int(status["NoNewPrivs"]),
}))
"""
LISTED = """
import importlib.metadata, json
print(json.dumps({one.name: one.version for one in importlib.metadata.distributions()}))
"""


def printed(containers: Containers, *command: str) -> str:
    """Return what a command prints in a container of the image."""
    return containers.podman("run", "--rm", "--no-healthcheck", *HARDENED, IMAGE, *command)


def test_what_runs_is_nobody_and_may_nothing(containers: Containers) -> None:
    seen = json.loads(printed(containers, "python3", "-c", LOOK))
    assert {
        "user": [10001, 10001],
        "writable": [],
        "python": BASE.partition(":")[2].partition("-")[0],
        "capabilities": 0,
        "no_new_privileges": 1,
    } == seen


def test_what_is_installed_is_what_the_bill_of_materials_lists(containers: Containers) -> None:
    shipped = json.loads(printed(containers, "cat", "/opt/hookline/sbom.cdx.json"))
    lock = (LOCKS / "run.txt").read_text()
    assert bill_of_materials(lock, PROJECT["project"]) == shipped

    listed = {one["name"]: one["version"] for one in shipped["components"]}
    project = {PROJECT["project"]["name"]: PROJECT["project"]["version"]}
    installed = json.loads(printed(containers, "python3", "-c", LISTED))
    assert listed | project == {
        name.lower().replace("_", "-"): version for name, version in installed.items()
    }


def test_an_image_that_is_built_for_traces_has_what_they_need(containers: Containers) -> None:
    traced = IMAGE.replace("dev", "traced")
    containers.build(traced, *file_and_folder(BUILD), "--build-arg=LOCK=otel")
    run = ["run", "--rm", "--no-healthcheck", *HARDENED, traced]
    containers.podman(*run, "python3", "-c", "import runtime.open_telemetry")

    shipped = json.loads(containers.podman(*run, "cat", "/opt/hookline/sbom.cdx.json"))
    lock = (LOCKS / "otel.txt").read_text()
    assert bill_of_materials(lock, PROJECT["project"]) == shipped


@pytest.mark.parametrize("command", ["hookline-ingress", "hookline-workers"])
def test_both_commands_are_in_it(containers: Containers, command: str) -> None:
    assert PROJECT["project"]["version"] in printed(containers, command, "--version")


def test_the_folder_for_consumers_is_part_of_it(containers: Containers) -> None:
    top = containers.podman("image", "mount", IMAGE)
    try:
        assert Path(top, "app").is_dir()
    finally:
        containers.podman("image", "unmount", IMAGE)


def test_it_says_what_it_is(containers: Containers) -> None:
    (image,) = json.loads(containers.podman("image", "inspect", IMAGE))
    labels = image["Config"]["Labels"]
    assert PROJECT["project"]["version"] == labels["org.opencontainers.image.version"]
    assert BASE == labels["org.opencontainers.image.base.name"]


async def test_a_webhook_comes_in_and_is_handled_and_both_commands_end_in_order(
    containers: Containers, node: Node, tmp_path: Path
) -> None:
    folder = tmp_path / "record"
    folder.mkdir()
    folder.chmod(0o777)  # user 10001 writes there
    record = Record(folder / "lines")

    port, ingress_admin, worker_admin = free_ports(3)
    common = {"AMQP_URL": node.start().url(), "APP": "contained", "LOG_FORMAT": "json"}
    options = [
        f"--volume={ROOT}/tests/system/consumers.py:/app/consumers.py:ro",
        f"--volume={folder}:/record",
        "--env=RECORD=/record/lines",
    ]
    work = ["hookline-workers", "run", "consumers", "--consumer", "slow"]
    taking = common | {"SECRETS": SECRET, "PORT": str(port), "ADMIN_PORT": str(ingress_admin)}
    working = common | {"ADMIN_PORT": str(worker_admin)}

    async with (
        running(containers, "worker", *work, options=options, **working) as worker,
        running(containers, "ingress", options=[], DRAIN_DELAY="0", **taking) as ingress,
    ):
        await until(worker.healthy, 60, "worker healthy")
        await until(ingress.healthy, 60, "ingress healthy")
        await taken_in("contained", port, HOOKLINE_APP="contained", HOOKLINE_SECRETS=SECRET)
        await handled(record, "slow begins", seconds=60)

        first = containers.podman("exec", "worker", "cat", "/proc/1/cmdline").split("\0")
        assert "/opt/hookline/bin/hookline-workers" == first[1]  # of the interpreter, no shell
        stopping = asyncio.create_task(worker.stopped())
        await worker.event("worker.draining")
        record.touch(".go")  # a handler that has begun may end
        assert 0 == await stopping
        assert 1 == len(record.lines("slow ends"))
        assert 0 == await ingress.stopped()


async def test_a_container_whose_command_does_not_answer_is_not_healthy(
    containers: Containers,
) -> None:
    (port,) = free_ports(1)
    sleep = ["python3", "-c", "import time; time.sleep(600)"]
    async with running(containers, "silent", *sleep, options=[], ADMIN_PORT=str(port)) as silent:
        assert not await silent.healthy()
