"""Worker processes in place of the pods of a Deployment, and who starts and ends them."""

import asyncio
import os
import random
import signal
from pathlib import Path
from typing import Any

from tests.system.process import Process
from tests.system.processes import environment, spawn

HERE = Path(__file__).parent


class Pods:
    """The pods of one Deployment: processes with its command, its settings and its grace period.

    What stands here for the kubelet does as it does: SIGTERM, the grace period, SIGKILL.
    """

    def __init__(self, deployment: dict[str, Any], url_file: Path, book: Path) -> None:
        pod = deployment["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        told = {one["name"]: one["value"] for one in container["env"]}
        told["HOOKLINE_AMQP_URL_FILE"] = str(url_file)
        told["HOOKLINE_ADMIN_PORT"] = "0"  # pods have an address each, these processes share one
        told["BOOK"] = str(book)

        kept = environment("", AMQP_URL=None, SECRETS=None)
        self.environment = kept | told
        self.command = [*container["command"], *container["args"]]
        self.grace = float(pod["terminationGracePeriodSeconds"])

        self.running: list[Process] = []
        self.most = 0
        self.ended: list[int] = []
        """Exit codes of those that were told to end."""
        self.busy_when_told: list[int] = []
        """How many handlers ran in each of them at that moment."""
        self.killed = 0
        self._ending: set[asyncio.Task[None]] = set()
        self._dice = random.Random(15)  # noqa: S311 - which pod goes

    async def scale(self, replicas: int) -> None:
        """Make them so many: start some, or tell any of them to end, busy or not."""
        while len(self.running) < replicas:
            self.running.append(await self._started())
            self.most = max(self.most, len(self.running))

        while len(self.running) > replicas:
            one = self.running.pop(self._dice.randrange(len(self.running)))
            ending = asyncio.create_task(self._end(one))
            self._ending.add(ending)

    async def all_ended(self) -> None:
        """Tell all to end, and wait until they have."""
        await self.scale(0)
        await asyncio.gather(*self._ending)

    def kill(self) -> None:
        """Leave nothing behind, where the test has failed."""
        for one in self.running:
            if one.process.returncode is None:
                one.process.kill()

    async def _started(self) -> Process:
        first, *rest = self.command
        return Process(await spawn(first, *rest, env=self.environment, cwd=HERE))

    async def _end(self, one: Process) -> None:
        one.signal(signal.SIGTERM)
        try:
            code = await one.ended(self.grace)
        except TimeoutError:
            self.killed += 1
            os.kill(one.process.pid, signal.SIGKILL)
            code = await one.ended()

        self.ended.append(code)
        for event in one.events("worker.draining"):
            self.busy_when_told.append(event["running"])
