"""Several processes on one machine, kept and seen as one.

The parent does none of the work. It starts again whoever dies, with a growing pause; it tells them
to stop and to hurry (see `lifetime`); its admin port shows the metrics of all, with a label
`process`, and is ready when all are.
"""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic

import aiohttp
import structlog

from runtime.early import DONE, HELD_BACK, PARENT
from runtime.environment import overriding
from runtime.joined import joined
from runtime.lifetime import FAILED, Ending
from runtime.waiting import set_or_later

log = structlog.get_logger()

PAUSE = 0.2
"""Seconds until a process that died is started again, the first time; doubled each time."""
LONGEST_PAUSE = 10.0
"""Seconds until then at most."""
HEALTHY = 60.0
"""Seconds of life after which a death is a first one again."""
ASK = aiohttp.ClientTimeout(2)
_SET_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG


@dataclass(slots=True)
class Child:
    """One process; its admin page is on the loopback, for the parent."""

    number: int
    admin_port: int
    process: asyncio.subprocess.Process | None = field(default=None)


class Processes:
    """Runs the command several times; the environment gives each its own admin port."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], admin_ports: Sequence[int]
    ) -> None:
        self._command = command
        self._environment = environment
        self._children = [Child(number, port) for number, port in enumerate(admin_ports, 1)]
        self._stop = asyncio.Event()

    async def run(self, asked: Ending) -> int:
        """Keep them running until asked to stop, then end them; return the worst exit code."""
        keeping = asyncio.create_task(self._keep_all())
        await _set_or_done(asked.stop, keeping)

        self._stop.set()
        self._send(signal.SIGTERM)
        await _set_or_done(asked.hurry, keeping)

        self._send(signal.SIGUSR1)
        return await keeping

    def _send(self, number: signal.Signals) -> None:
        for child in self._children:
            if child.process is not None and child.process.returncode is None:
                with suppress(ProcessLookupError):
                    child.process.send_signal(number)

    async def why_not_ready(self) -> dict[int, str]:
        """Return what each that is not ready answers, by its number."""
        answers = await self._ask("/readyz")
        return {
            number: text for number, (status, text) in answers.items() if status != HTTPStatus.OK
        }

    async def metrics_page(self) -> str:
        """Return the metrics of all, each with the label `process`."""
        answers = await self._ask("/metrics")
        return joined({number: text for number, (_, text) in answers.items()})

    async def _keep_all(self) -> int:
        return max(await asyncio.gather(*map(self._keep, self._children)))

    async def _keep(self, child: Child) -> int:
        pause = PAUSE
        while not self._stop.is_set():
            started = monotonic()
            child.process = await self._start(child)
            if self._stop.is_set():
                # The others were told while this one was on its way.
                self._send(signal.SIGTERM)

            code = await child.process.wait()
            if self._stop.is_set():
                return _code_of_a_stop(code)

            if monotonic() - started > HEALTHY:
                pause = PAUSE
            log.error("process.ended", process=child.number, code=code, again_in=pause)
            await set_or_later(self._stop, pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        return DONE

    async def _start(self, child: Child) -> asyncio.subprocess.Process:
        parent = os.getpid()
        environment = overriding(self._environment, admin_port=str(child.admin_port))
        environment[PARENT] = str(parent)
        process = await asyncio.create_subprocess_exec(
            *self._command, env=environment, preexec_fn=_as_child_of(parent)
        )
        log.info("process.started", process=child.number, pid=process.pid)
        return process

    async def _ask(self, page: str) -> dict[int, tuple[int, str]]:
        """Return status and text of a page of each process, by its number."""
        async with aiohttp.ClientSession(timeout=ASK) as session:
            asking = [_answer(session, child, page) for child in self._children]
            answers = await asyncio.gather(*asking)
        numbers = [child.number for child in self._children]
        return dict(zip(numbers, answers, strict=True))


async def _answer(session: aiohttp.ClientSession, child: Child, page: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{child.admin_port}{page}"
    try:
        async with session.get(url) as answer:
            return answer.status, await answer.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        return 0, f"# no answer: {type(error).__name__}"


def command(module: str, *arguments: str) -> list[str]:
    """Return the command of one process.

    `-P`: the folder that we run in comes last among those of modules, not first. The arguments
    may name the number of processes once more: the last one counts.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


async def _set_or_done(asked: asyncio.Event, keeping: asyncio.Task[int]) -> None:
    waiting = asyncio.create_task(asked.wait())
    await asyncio.wait({waiting, keeping}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def _code_of_a_stop(code: int) -> int:
    """Return the exit code of a process that was asked to stop."""
    # Ended by the very signal, it did as it was told.
    if code in (-signal.SIGTERM, -signal.SIGUSR1):
        return DONE
    return code if code >= 0 else FAILED


def _as_child_of(parent: int) -> Callable[[], None]:
    def prepare() -> None:
        """Hold signals back until they can be answered; have the kernel end us with the parent."""
        signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
            # It may have ended before that. In a container its number may well be 1.
            if os.getppid() != parent:
                os._exit(FAILED)

    return prepare
