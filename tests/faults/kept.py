"""Processes that are kept running, and whether they are ready."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

import aiohttp

from tests.system.process import Process
from tests.system.waiting import until

REST = 0.2
"""Seconds until a process that died is started again, as a supervisor would."""


class Kept:
    """A process that is started again whenever it ends, as under systemd or Kubernetes."""

    def __init__(self, start: Callable[[], AbstractAsyncContextManager[Process]]) -> None:
        self.process: Process | None = None
        self.starts = 0
        self._start = start
        self._stopping = False
        self._running = asyncio.Event()
        self._running.set()
        self._task = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while not self._stopping:
            with suppress(AssertionError):  # it ended before it had started
                async with self._start() as self.process:
                    self.starts += 1
                    await self.process.process.wait()
            await asyncio.sleep(REST)
            await self._running.wait()

    async def started(self) -> Process:
        """Wait for the process."""

        async def there() -> bool:
            return self.process is not None or self._task.done()

        await until(there)
        if self._task.done():
            self._task.result()
        assert self.process is not None
        return self.process

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        if self.process is not None and self.process.process.returncode is None:
            self.process.signal(number)

    async def kill(self) -> None:
        """Kill the process and wait for the next one."""
        before = self.starts
        self.signal(signal.SIGKILL)

        async def next_one() -> bool:
            return self.starts > before

        await until(next_one)

    async def pause(self) -> None:
        """End it in order, until `resume`."""
        self._running.clear()
        self.signal(signal.SIGTERM)
        if self.process is not None:
            await self.process.ended()

    def resume(self) -> None:
        """Start it again."""
        self._running.set()

    async def stop(self) -> None:
        """End it in order and for good."""
        self._running.set()
        self._stopping = True
        self.signal(signal.SIGTERM)
        await asyncio.wait([self._task], timeout=45)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def is_ready(process: Process) -> bool:
    """Whether a process says of itself that it is ready."""
    started = process.events("ingress.started") + process.events("worker.started")
    if not started:
        return False
    url = f"http://127.0.0.1:{started[0]['admin_port']}/readyz"
    with suppress(aiohttp.ClientError):
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status == 200
    return False
