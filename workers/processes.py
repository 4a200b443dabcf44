"""Several worker processes on one machine, kept and seen as one: the broker deals out to all of them.

The parent consumes nothing itself. It starts again whoever dies, with a growing pause; it passes signals on; its admin
port shows the metrics of all, with a label `process`, and is ready when all are.
"""

import asyncio
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from time import monotonic

import aiohttp
import structlog
from aiohttp import web

log = structlog.get_logger()

PAUSE, LONGEST_PAUSE = 0.2, 10.0
"""Seconds until a process that died is started again: the first time, doubled each time, and at most."""
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

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], admin_ports: Sequence[int]) -> None:
        self._command, self._environment = command, environment
        self._children = [Child(number, port) for number, port in enumerate(admin_ports, 1)]
        self._stop = asyncio.Event()

    async def run(self, stop: asyncio.Event, hurry: asyncio.Event) -> int:
        """Keep them running until `stop` is set, then end them in order; return the worst exit code."""
        keeping = asyncio.create_task(self._keep_all())
        for wanted in (stop, hurry):
            asked = asyncio.create_task(wanted.wait())
            await asyncio.wait({asked, keeping}, return_when=asyncio.FIRST_COMPLETED)
            asked.cancel()
            self._stop.set()
            for process in [child.process for child in self._children if child.process is not None]:
                with suppress(ProcessLookupError):
                    process.send_signal(signal.SIGTERM)
        return await keeping

    def admin(self) -> web.Application:
        """Serve `/healthz`, `/readyz` (all of them are) and `/metrics` (of all of them)."""

        async def healthz(_: web.Request) -> web.Response:
            return web.json_response({"alive": True})

        async def readyz(_: web.Request) -> web.Response:
            answers = await self._ask("/readyz")
            reasons = {number: text for number, (status, text) in answers.items() if status != 200}  # noqa: PLR2004
            return web.json_response({"ready": not reasons, "reason": reasons}, status=503 if reasons else 200)

        async def metrics(_: web.Request) -> web.Response:
            return web.Response(
                text=joined({number: text for number, (_, text) in (await self._ask("/metrics")).items()})
            )

        app = web.Application()
        app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
        return app

    async def _keep_all(self) -> int:
        return max(await asyncio.gather(*map(self._keep, self._children)))

    async def _keep(self, child: Child) -> int:
        pause, code = PAUSE, 0
        while not self._stop.is_set():
            started = monotonic()
            environment = {**self._environment, "HOOKLINE_ADMIN_PORT": str(child.admin_port)}
            child.process = await asyncio.create_subprocess_exec(
                *self._command, env=environment, preexec_fn=_die_with_parent
            )
            log.info("process.started", process=child.number, pid=child.process.pid)
            code = await child.process.wait()
            if self._stop.is_set():
                return code
            pause = PAUSE if monotonic() - started > HEALTHY else pause
            log.error("process.ended", process=child.number, code=code, again_in=pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        return code

    async def _ask(self, page: str) -> dict[int, tuple[int, str]]:
        async with aiohttp.ClientSession(timeout=ASK) as session:
            return dict(await asyncio.gather(*(_answer(session, child, page) for child in self._children)))


async def _answer(session: aiohttp.ClientSession, child: Child, page: str) -> tuple[int, tuple[int, str]]:
    try:
        async with session.get(f"http://127.0.0.1:{child.admin_port}{page}") as answer:
            return child.number, (answer.status, await answer.text())
    except (aiohttp.ClientError, TimeoutError) as error:
        return child.number, (0, f"# no answer: {type(error).__name__}")


def joined(pages: Mapping[int, str]) -> str:
    """Join pages of metrics: a family's samples together, each with the label `process`."""
    families: dict[str, list[str]] = {}
    for number, page in pages.items():
        heads, samples = list[str](), list[str]()
        for line in page.splitlines():
            if line.startswith("# HELP"):
                heads = [line]
                samples = families.setdefault(line.split()[2], [])
            elif line.startswith("#"):
                heads.append(line)
            elif line:
                if not samples:
                    samples += heads
                name, value = line.rsplit(" ", 1)
                name, _, labels = name.rstrip("}").partition("{")
                samples.append(f'{name}{{process="{number}"{"," if labels else ""}{labels}}} {value}')
    return "\n".join([line for lines in families.values() for line in lines] + [""])


def free_ports(count: int) -> list[int]:
    """Return ports on the loopback that nobody listens on now."""
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in held]


def command(arguments: Sequence[str]) -> list[str]:
    """Return the command of one process: the same, but for one."""
    return [sys.executable, "-m", "workers", *arguments, "--processes", "1"]


def _die_with_parent() -> None:
    """Have the kernel end this process when its parent is gone, where it can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() == 1:
            os._exit(1)
