"""Our commands as real processes, started as a user starts them; or forked, where the suite forks
and the start is not what a test is about.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.system import forked
from tests.system.door import Ingress
from tests.system.forked import UNTRUSTING
from tests.system.process import Process, Running
from tests.system.samples import SECRET
from tests.system.waiting import until

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent


def environment(url: str, **settings: str | None) -> dict[str, str]:
    """Return the environment of a command: ours alone, with ports that are free and no waiting."""
    ours: dict[str, str | None] = {
        "AMQP_URL": url,
        "SECRETS": SECRET,
        "HOST": "127.0.0.1",
        "PORT": "0",
        "ADMIN_PORT": "0",
        "DRAIN_DELAY": "0",
        "LOG_FORMAT": "json",
    }
    ours |= settings  # None takes a default away again

    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOOKLINE_")}
    kept |= UNTRUSTING
    return kept | {f"HOOKLINE_{name}": value for name, value in ours.items() if value is not None}


async def spawn(
    command: str,
    *arguments: str,
    env: dict[str, str],
    cwd: Path = HERE,
    commands: Path = BIN,
    given: socket.socket | None = None,
) -> asyncio.subprocess.Process:
    """Start a command of this project, in a folder; `commands` is where it is installed.

    A listening socket is handed to it as systemd does.
    """
    line = [str(commands / command), *arguments]
    descriptors = []
    if given is not None:
        descriptors.append(given.fileno())
        line = [sys.executable, str(HERE / "hand_over.py"), str(given.fileno()), *line]

    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *line, env=env, cwd=cwd, stdout=pipe, stderr=pipe, pass_fds=descriptors
    )


async def begun(
    command: str,
    *arguments: str,
    env: dict[str, str],
    cwd: Path = HERE,
    commands: Path = BIN,
    given: socket.socket | None = None,
) -> Running:
    """Fork a command where the suite forks and a fork is as good as a start; start it otherwise."""
    path = commands / command
    if given is None and forked.nursery and forked.nursery.takes(path, env):
        return await forked.nursery.fork([str(path), *arguments], env, cwd)
    return await spawn(command, *arguments, env=env, cwd=cwd, commands=commands, given=given)


async def finished(
    command: str, *arguments: str, env: dict[str, str], cwd: Path = HERE
) -> tuple[int, str, str]:
    """Run a command to its end; return exit code, standard output and standard error."""
    process = await begun(command, *arguments, env=env, cwd=cwd)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, out.decode(), err.decode()


@asynccontextmanager
async def ingress(
    url: str,
    *arguments: str,
    ready: bool = True,
    commands: Path = BIN,
    given: socket.socket | None = None,
    **settings: str | None,
) -> AsyncIterator[Ingress]:
    """Run an ingress, and yield it when it is ready; killed where the test has not stopped it."""
    env = environment(url, **settings)
    run = begun("hookline-ingress", *arguments, env=env, commands=commands, given=given)
    process = Ingress(await run)
    async with aiohttp.ClientSession() as process.session:
        try:
            told = await process.event("ingress.started")
            process.port = told["port"]
            process.admin_port = told["admin_port"]
            if ready:
                await until(lambda: _is_ready(process), what="ingress ready")
            yield process
        finally:
            await _end(process)


@asynccontextmanager
async def worker(
    url: str,
    *arguments: str,
    ready: bool = True,
    cwd: Path = HERE,
    module: str = "consumers",
    commands: Path = BIN,
    **settings: str | None,
) -> AsyncIterator[Process]:
    """Run workers with the consumers of a folder's module, and yield them when they consume."""
    env = environment(url, **settings)
    run = ("hookline-workers", "run", module, *arguments)
    process = Process(await begun(*run, env=env, cwd=cwd, commands=commands))
    async with aiohttp.ClientSession() as session:

        async def is_ready() -> bool:
            assert process.process.returncode is None, "the worker has ended"
            async with session.get(f"http://127.0.0.1:{told['admin_port']}/readyz") as answer:
                return answer.status == 200

        try:
            told = await process.event("worker.started")
            if ready:
                await until(is_ready, what="worker ready")
            yield process
        finally:
            await _end(process)


async def _end(process: Process) -> None:
    if process.process.returncode is None:
        process.signal(signal.SIGKILL)
    await process.ended()


async def _is_ready(process: Ingress) -> bool:
    return await process.admin("/readyz") == 200


@asynccontextmanager
async def started(
    command: list[str], env: dict[str, str], cwd: Path = HERE
) -> AsyncIterator[Process]:
    """Run a command in a folder for a while; killed where it has not ended."""
    process = Process(await begun(*command, env=env, cwd=cwd))
    try:
        yield process
    finally:
        await _end(process)
