"""Several processes on one machine, kept and seen as one.

The parent does none of the work. It starts again whoever dies, with a growing pause; it tells them
to stop and to hurry (see `lifetime`); its admin port shows the metrics of all, with a label
`process`, and is ready when all are.
"""

import asyncio
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
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
        """Keep them running until asked to stop, then end them in order; return the worst exit
        code.
        """
        keeping = asyncio.create_task(self._keep_all())
        await _either(asked.stop, keeping)
        self._stop.set()
        self._send(signal.SIGTERM)
        await _either(asked.hurry, keeping)
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
            if (
                self._stop.is_set()
            ):  # it was asked while this one was on its way, and did not hear it
                self._send(signal.SIGTERM)
            code = await child.process.wait()
            if self._stop.is_set():
                return _code_of_a_stop(code)
            pause = PAUSE if monotonic() - started > HEALTHY else pause
            log.error("process.ended", process=child.number, code=code, again_in=pause)
            await set_or_later(self._stop, pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        return DONE

    async def _start(self, child: Child) -> asyncio.subprocess.Process:
        environment = overriding(self._environment, admin_port=str(child.admin_port)) | {
            PARENT: str(os.getpid())
        }
        process = await asyncio.create_subprocess_exec(
            *self._command, env=environment, preexec_fn=_as_child_of(os.getpid())
        )
        log.info("process.started", process=child.number, pid=process.pid)
        return process

    async def _ask(self, page: str) -> dict[int, tuple[int, str]]:
        async with aiohttp.ClientSession(timeout=ASK) as session:
            return dict(
                await asyncio.gather(*(_answer(session, child, page) for child in self._children))
            )


async def _answer(
    session: aiohttp.ClientSession, child: Child, page: str
) -> tuple[int, tuple[int, str]]:
    try:
        async with session.get(f"http://127.0.0.1:{child.admin_port}{page}") as answer:
            return child.number, (answer.status, await answer.text())
    except (aiohttp.ClientError, TimeoutError) as error:
        return child.number, (0, f"# no answer: {type(error).__name__}")


def free_ports(count: int) -> list[int]:
    """Return ports on the loopback that nobody listens on now."""
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in held]


@contextmanager
def reserved(host: str, port: int) -> Iterator[int]:
    """Hold a port that processes share, without listening on it; raises OSError where it is
    somebody else's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((host, port))
        yield int(held.getsockname()[1])


def command(module: str, *arguments: str) -> list[str]:
    """Return the command of one process. `-P`: the folder that we run in comes last among those of
    modules, not first.

    The command line names the number of processes once more, and the last one counts.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


async def _either(asked: asyncio.Event, keeping: asyncio.Task[int]) -> None:
    waiting = asyncio.create_task(asked.wait())
    await asyncio.wait({waiting, keeping}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def _code_of_a_stop(code: int) -> int:
    """Return the exit code of a process that was asked to stop: ended by the very signal, it did as
    it was told.
    """
    if code in (-signal.SIGTERM, -signal.SIGUSR1):
        return DONE
    return code if code >= 0 else FAILED


def _as_child_of(parent: int) -> Callable[[], None]:
    def prepare() -> None:
        """Keep signals until they can be answered, and have the kernel end this process with its
        parent.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
            if (
                os.getppid() != parent
            ):  # it ended before that; in a container its number may well be 1
                os._exit(FAILED)

    return prepare
