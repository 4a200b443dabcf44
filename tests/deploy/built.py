"""Our image, built, and containers of it under way."""

import asyncio
import json
import os
import shlex
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.containers import Containers
from tests.deploy.roads import BUILD
from tests.deploy.test_image import ROOT, instructions
from tests.system.processes import finished
from tests.system.samples import BODIES, SHOP
from tests.system.waiting import until

IMAGE = "docker.io/library/hookline:dev"
BASE = instructions("ARG")[0].removeprefix("BASE=")
HARDENED = [
    "--pull=never",
    "--read-only",
    "--read-only-tmpfs=false",  # podman alone would put a writable /tmp there
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
]
SLOW = [
    pytest.mark.slow("lays out a Debian, builds images, boots containers"),
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("containers"),
]


def file_and_folder(build: str) -> tuple[Path, Path]:
    """Return the Dockerfile and the folder of a `docker build` that makes our image."""
    command = shlex.split(build)
    assert ["docker", "build", "-f", "-t", "hookline:dev"] == [*command[:3], *command[4:6]], build
    return ROOT / command[3], ROOT / command[6]


def with_image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    """Yield a place for containers with our image in it; removed at the end."""
    made = Containers(tmp_path_factory.mktemp("containers"))
    if reason := made.why_not():
        pytest.skip(reason)
    try:
        made.lay_out_base(BASE)
        made.build(IMAGE, *file_and_folder(BUILD))
        yield made
    finally:
        made.clean()


class Container:
    """A container under way."""

    def __init__(self, containers: Containers, name: str) -> None:
        self.containers = containers
        self.name = name

    def logs(self) -> str:
        """Return what it has written so far."""
        told = self.containers.finished("podman", "logs", self.name)
        return told.stdout + told.stderr

    def events(self, event: str) -> list[dict[str, Any]]:
        """Return the events of this name that it has logged."""
        lines = [line for line in self.logs().splitlines() if line.startswith("{")]
        return [one for one in map(json.loads, lines) if one["event"] == event]

    async def event(self, event: str, seconds: float = 60, **fields: Any) -> dict[str, Any]:
        """Wait for an event with these fields."""

        async def there() -> list[dict[str, Any]]:
            events = await asyncio.to_thread(self.events, event)
            return [one for one in events if fields.items() <= one.items()]

        return (await until(there, seconds, f"{event} of {self.name}"))[0]

    async def healthy(self) -> bool:
        """Run its health check."""
        check = ["podman", "healthcheck", "run", self.name]
        return (await asyncio.to_thread(self.containers.finished, *check)).returncode == 0

    async def stopped(self) -> int:
        """Stop it with SIGTERM and return its exit code; 137 where it had to be killed."""
        await asyncio.to_thread(self.containers.podman, "stop", "--time=60", self.name)
        return int(self.containers.podman("inspect", "--format={{.State.ExitCode}}", self.name))


@asynccontextmanager
async def running(
    containers: Containers, name: str, *command: str, options: list[str], **settings: str
) -> AsyncIterator[Container]:
    """Run a command in a container of the image, on this machine's own network."""
    variables = [f"--env=HOOKLINE_{key}={value}" for key, value in settings.items()]
    run = ["run", "-d", f"--name={name}", "--network=host", *HARDENED, *options, *variables]
    containers.podman(*run, IMAGE, *command)
    try:
        yield Container(containers, name)
    finally:
        containers.finished("podman", "rm", "--force", "--time=0", name)


async def taken_in(app: str, port: int, **settings: str) -> str:
    """Send an order, as the platform does, until it is taken in; return its webhook's id."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOOKLINE_")}
    order = str(BODIES / "order.json")
    target = f"http://127.0.0.1:{port}/webhooks/{app}"
    command = ["send", "orders/create", order, "--shop", SHOP, "--to", target]

    async def answered() -> str:
        code, told, _ = await finished("hookline-ingress", *command, env=kept | settings)
        return told if code == 0 else ""

    answer = await until(answered, 240, f"a webhook taken in at {target}")
    return str(json.loads(answer.partition(" ")[2])["id"])
