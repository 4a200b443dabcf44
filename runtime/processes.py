"""Several processes on one machine, kept and seen as one.

The parent does none of the work. It starts again whoever dies, with a growing pause. Its admin port
shows the metrics of all, with a label `process`, and is ready when all are.

The parent alone is asked to stop, and tells its children by two signals, once each:

    the parent gets SIGTERM or SIGINT  ──▶ each child gets SIGTERM: drain, then end
    it gets one of them a second time  ──▶ each child gets SIGUSR1: hurry, end the drain at once

A child takes a second SIGTERM for the first (see `lifetime`): whoever stops a whole group of
processes signals parent and children alike, and that must not cut the drain short.
"""

import asyncio
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from time import monotonic

import aiohttp
import structlog

from runtime.child import AdminAnswer, Child, code_of_a_stop
from runtime.exit_codes import DONE
from runtime.joined import joined_pages
from runtime.lifetime import Ending
from runtime.waiting import set_or_later

log = structlog.get_logger()

RESTART_PAUSE = 0.2
"""Seconds until a process that died is started again, the first time; doubled each time."""
LONGEST_RESTART_PAUSE = 10.0
"""Seconds until then at most."""
HEALTHY = 60.0
"""Seconds of life after which a death is a first one again."""
ANSWER_TIMEOUT = aiohttp.ClientTimeout(2)
"""Seconds for a process to answer on its admin port."""


class Processes:
    """Runs the command several times; the environment gives each its own admin port.

    All share the listening socket that was `given`, where one was.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        admin_ports: Sequence[int],
        given: socket.socket | None = None,
    ) -> None:
        self._command = command
        self._environment = environment
        self._given = given
        numbered = enumerate(admin_ports, 1)
        self._children = [Child(number, port) for number, port in numbered]
        self._stop = asyncio.Event()

    async def run(self, asked: Ending) -> int:
        """Keep them running until asked to stop, then end them in order.

        Returns the worst exit code, once all have ended.
        """
        keeping = asyncio.create_task(self._keep_all())

        await _set_or_ended(asked.stop, keeping)
        self._stop.set()
        self._send(signal.SIGTERM)

        await _set_or_ended(asked.hurry, keeping)
        self._send(signal.SIGUSR1)

        return await keeping

    def hang_up(self) -> None:
        """Have each read its settings again, where it can."""
        self._send(signal.SIGHUP)

    def _send(self, number: signal.Signals) -> None:
        for child in self._children:
            child.send(number)

    async def why_not_ready(self) -> dict[int, str]:
        """Return what each that is not ready answers, by its number."""
        answers = await self._ask("/readyz")
        reasons: dict[int, str] = {}
        for answer in answers:
            if answer.status != HTTPStatus.OK:
                reasons[answer.number] = answer.text
        return reasons

    async def metrics_page(self) -> str:
        """Return the metrics of all, each with the label `process`."""
        answers = await self._ask("/metrics")
        pages: dict[int, str] = {}
        for answer in answers:
            pages[answer.number] = answer.text
        return joined_pages(pages)

    async def _keep_all(self) -> int:
        keeping = [self._keep(child) for child in self._children]
        codes = await asyncio.gather(*keeping)
        return max(codes)

    async def _keep(self, child: Child) -> int:
        """Start a process again whenever it dies; return its exit code once it was to stop."""
        pause = RESTART_PAUSE
        while not self._stop.is_set():
            started = monotonic()
            process = await child.start(self._command, self._environment, self._given)
            if self._stop.is_set():
                # We were asked to stop while it was on its way, and the signal did not reach it.
                child.send(signal.SIGTERM)

            code = await process.wait()
            if self._stop.is_set():
                return code_of_a_stop(code)

            lived = monotonic() - started
            if lived > HEALTHY:
                pause = RESTART_PAUSE
            log.error("process.ended", process=child.number, code=code, again_in=pause)
            await set_or_later(self._stop, pause)
            doubled = 2 * pause
            pause = min(doubled, LONGEST_RESTART_PAUSE)
        return DONE

    async def _ask(self, page: str) -> list[AdminAnswer]:
        async with aiohttp.ClientSession(timeout=ANSWER_TIMEOUT) as session:
            asking = [child.ask(session, page) for child in self._children]
            answers = await asyncio.gather(*asking)
        return list(answers)


def child_command(package: str, *arguments: str) -> list[str]:
    """Return the command line of one process, which begins as the command itself does.

    `-P` keeps Python from looking for modules in the folder that we run in before all others.
    The arguments may set the number of processes twice: the last one counts.
    """
    return [sys.executable, "-P", "-m", "runtime.start", package, *arguments]


async def _set_or_ended(asked: asyncio.Event, keeping: asyncio.Task[int]) -> None:
    """Return when the event is set, or when the task has ended."""
    waiting = asyncio.create_task(asked.wait())
    either = {waiting, keeping}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
