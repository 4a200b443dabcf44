"""Commands of ours that are forked instead of started: `pytest --fork-commands`.

A start costs a third of a second of processor time, of which most is spent on imports. A fork is a
process of its own, with its command line, environment, folder and streams.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

NURSERY = Path(__file__).parent / "nursery.py"
COMMANDS_FOLDER = Path(sys.executable).parent
COMMANDS = ("hookline-ingress", "hookline-workers")
UNTRUSTING = {"SSL_CERT_FILE": os.devnull}
"""No test trusts the machine's authorities, which aiohttp would load at each start."""
READ_EARLY = ("PYTHON", "LD_", "LC_", "LANG", "SSL_", "TZ")
"""How the variables begin that what is not ours may read when it is imported."""


class Forked:
    """A command that was forked; to a test it is what asyncio's own `Process` is."""

    def __init__(
        self,
        pid: int,
        stdout: asyncio.StreamReader,
        stderr: asyncio.StreamReader,
        end: asyncio.StreamReader,
    ) -> None:
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self._ending = asyncio.create_task(self._end(end))

    async def _end(self, end: asyncio.StreamReader) -> int:
        self.returncode = int(await end.read())
        return self.returncode

    async def wait(self) -> int:
        """Wait for the end, and return the exit code."""
        return await asyncio.shield(self._ending)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Wait for the end, and return what it has written to standard output and error."""
        reading = (self.stdout.read(), self.stderr.read())
        out, err, _ = await asyncio.gather(*reading, self.wait())
        return out, err

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal. Raises ProcessLookupError where it is known to have ended."""
        if self.returncode is not None:
            raise ProcessLookupError

        with suppress(ProcessLookupError):  # it has ended, and the news is on its way
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The process that forks them, begun with the first."""

    def __init__(self) -> None:
        self._orders, self._theirs = socket.socketpair()
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = os.environ | UNTRUSTING

    def takes(self, command: Path, environment: dict[str, str]) -> bool:
        """Tell whether a fork of the command is as good as a start."""
        if command.name not in COMMANDS or command.parent != COMMANDS_FOLDER:
            return False
        return _read_early(environment) == _read_early(self._environment)

    async def fork(self, line: Sequence[str], environment: dict[str, str], cwd: Path) -> Forked:
        """Fork a command, in a folder."""
        if self._process is None:
            self._begin()

        out, err, told = (os.pipe() for _ in range(3))
        theirs, written = os.pipe()
        given = [out[1], err[1], theirs, told[1]]
        socket.send_fds(self._orders, [b"."], given)
        for descriptor in given:
            os.close(descriptor)

        order = {"command": list(line), "cwd": str(cwd), "env": environment}
        with open(written, "wb") as file:
            file.write(json.dumps(order).encode())
        end = await _reader(told[0])
        pid = int(await end.readline())
        return Forked(pid, await _reader(out[0]), await _reader(err[0]), end)

    def stop(self) -> None:
        """End it, and what still runs of what it has forked."""
        self._orders.close()
        self._theirs.close()
        if self._process is not None:
            self._process.wait(10)

    def _begin(self) -> None:
        descriptor = self._theirs.fileno()
        self._process = subprocess.Popen(
            [sys.executable, str(NURSERY), str(descriptor)],
            env=self._environment,
            pass_fds=[descriptor],
            stdout=subprocess.DEVNULL,
        )
        self._theirs.close()


async def _reader(descriptor: int) -> asyncio.StreamReader:
    """Return what reads a pipe, and closes it at its end."""
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader


def _read_early(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(READ_EARLY)}


nursery: Nursery | None = None
"""Where commands are forked; None where each is started."""


@contextmanager
def forking() -> Iterator[None]:
    """Have commands forked within."""
    global nursery  # noqa: PLW0603 - what holds for the whole session
    nursery = Nursery()
    try:
        yield
    finally:
        nursery.stop()
        nursery = None
