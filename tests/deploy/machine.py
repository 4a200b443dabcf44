"""A machine with systemd as its first process, in a container on this machine's own network."""

import asyncio
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.deploy.containers import OF_THIS_MACHINE, Containers
from tests.system.waiting import until

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BASE = "localhost/base:python-bookworm"
IMAGE = "localhost/machine:systemd"
NAME = "machine"
UP = {"running", "degraded"}
"""What systemd says of itself once it has started what there is to start."""


class Machine:
    """A machine; three of its folders are this machine's too, below `folder`."""

    def __init__(self, containers: Containers, folder: Path) -> None:
        self._containers = containers
        self.settings = folder / "settings"
        self.code = folder / "code"
        self.record = folder / "record"

    def build(self) -> None:
        """Build its image."""
        self._containers.lay_out_base(BASE)
        self._containers.build(IMAGE, HERE / "machine.Dockerfile", HERE)

    async def boot(self, *read_only: Path) -> None:
        """Start it, and wait until systemd is up; it can read these folders besides."""
        mounts = [f"{path}:{path}:ro" for path in (ROOT, *OF_THIS_MACHINE, *read_only)]
        for folder, inside in (
            (self.settings, "/etc/hookline"),
            (self.code, "/srv/hookline"),
            (self.record, "/record"),
        ):
            folder.mkdir(parents=True)
            mounts.append(f"{folder}:{inside}")
        self.record.chmod(0o777)  # the services' user is drawn when they start

        privileged = ["--systemd=always", "--privileged", "--network=host", "--no-healthcheck"]
        volumes = [f"--volume={mount}" for mount in mounts]
        self._containers.podman("run", "-d", "--name", NAME, *privileged, *volumes, IMAGE)

        async def up() -> bool:
            return self.finished("systemctl", "is-system-running").stdout.strip() in UP

        await until(up, 60, "systemd up")

    def finished(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program there, whatever it comes to."""
        return self._containers.finished("podman", "exec", NAME, *command)

    def run(self, *command: str) -> str:
        """Run a program there that must succeed, and return what it printed."""
        return self._containers.podman("exec", NAME, *command)

    def as_root(self, folder: Path, command: str) -> str:
        """Run a shell's command in a folder there; `sudo` is for who is not root yet."""
        return self.run("bash", "-euc", f'sudo() {{ "$@"; }}\ncd {folder}\n{command}')

    async def systemctl(self, *arguments: str) -> str:
        """Run systemctl while the loop goes on."""
        return await asyncio.to_thread(self.run, "systemctl", *arguments)

    def says(self, unit: str, *properties: str) -> dict[str, str]:
        """Return what systemd knows of a unit."""
        told = self.run("systemctl", "show", "--property", ",".join(properties), unit)
        return dict(line.split("=", 1) for line in told.splitlines())

    async def until_says(self, unit: str, seconds: float = 60, **properties: str) -> None:
        """Wait until systemd says so of a unit."""

        async def so() -> bool:
            return await asyncio.to_thread(self.says, unit, *properties) == properties

        await until(so, seconds, f"{unit} {properties}")

    def events(self, unit: str, name: str) -> list[dict[str, Any]]:
        """Return the events of a name that a unit has logged."""
        told = self.run("journalctl", "--unit", unit, "--output=cat")
        lines = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]

    def of_first_process(self, unit: str) -> dict[str, str]:
        """Return what the kernel says of a unit's first process: /proc/PID/status."""
        pid = self.says(unit, "MainPID")["MainPID"]
        status = self.run("cat", f"/proc/{pid}/status")
        return {
            key: value.strip()
            for key, _, value in (line.partition(":") for line in status.splitlines())
        }

    def set(self, file: str, settings: Mapping[str, str]) -> None:
        """Write settings into an environment file that is there, over what it says of them."""
        path = self.settings / file
        kept = [
            line for line in path.read_text().splitlines() if line.partition("=")[0] not in settings
        ]
        lines = [*kept, *(f"{name}={value}" for name, value in settings.items())]
        path.write_text("\n".join([*lines, ""]))

    def drop_in(self, unit: str, text: str) -> None:
        """Add to a unit, as `systemctl edit` does."""
        script = 'mkdir -p "$1.d" && printf %s "$2" > "$1.d/test.conf" && systemctl daemon-reload'
        self.run("sh", "-c", script, "sh", f"/etc/systemd/system/{unit}", text)
