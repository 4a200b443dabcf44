"""Commands of ours that are forked instead of started: `pytest --fork-commands`.

A start costs a quarter of a second of processor time, of which most is spent on importing what is
not ours; a run of the suite starts a thousand.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

NURSERY = Path(__file__).parent / "nursery.py"
COMMANDS_FOLDER = Path(sys.executable).parent
COMMANDS = ("hookline-ingress", "hookline-workers")
UNTRUSTING = {"SSL_CERT_FILE": os.devnull}
"""No test trusts the machine's authorities, which aiohttp would load at each start."""
READ_EARLY = ("PYTHON", "LD_", "LC_", "LANG", "SSL_", "TZ", "OTEL_")
"""How the variables begin that what is not ours may read when it is imported."""


class Forked:
    """Stands for an `asyncio.subprocess.Process`."""

    def __init__(self, pid: int, descriptor: int, answers: socket.socket) -> None:
        self.pid = pid
        self.stdout = asyncio.StreamReader()
        self.stderr = asyncio.StreamReader()
        self._descriptor = descriptor
        self._ending = asyncio.create_task(self._ended(answers))

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._ending.result() if self._ending.done() else None

    async def wait(self) -> int:
        """Wait for its end and return the exit code."""
        return await asyncio.shield(self._ending)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Return standard output and standard error, read to their ends, once it has ended."""
        out, err, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        return out, err

    def send_signal(self, number: int) -> None:
        """Send a signal; raises ProcessLookupError where it has ended."""
        if self._ending.done():
            raise ProcessLookupError
        signal.pidfd_send_signal(self._descriptor, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    async def _ended(self, answers: socket.socket) -> int:
        with answers:
            code = await asyncio.get_running_loop().sock_recv(answers, 100)
        os.close(self._descriptor)
        return int(code)


Started: TypeAlias = asyncio.subprocess.Process | Forked


class Nursery:
    """The process that forks them, begun with the first."""

    def __init__(self) -> None:
        self._orders, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = os.environ | UNTRUSTING

    def takes(self, command: Path, environment: dict[str, str]) -> bool:
        """Tell whether a fork of the command is as good as a start."""
        if command.name not in COMMANDS or command.parent != COMMANDS_FOLDER:
            return False
        return _read_early(environment) == _read_early(self._environment)

    async def fork(self, line: Sequence[str], environment: dict[str, str], cwd: Path) -> Forked:
        """Begin a command in a folder."""
        if self._process is None:
            self._begin()

        order = {"command": list(line), "cwd": str(cwd), "env": environment}
        out, their_out = os.pipe()
        err, their_err = os.pipe()
        answers, their_answers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with their_answers:
            descriptors = [their_out, their_err, their_answers.fileno()]
            socket.send_fds(self._orders, [json.dumps(order).encode()], descriptors)
            os.close(their_out)
            os.close(their_err)

        pid, (descriptor,), *_ = await asyncio.to_thread(socket.recv_fds, answers, 100, 1)
        answers.setblocking(False)  # noqa: FBT003 - the standard library's
        forked = Forked(int(pid), descriptor, answers)
        await _read_into(forked.stdout, out)
        await _read_into(forked.stderr, err)
        return forked

    def stop(self) -> None:
        """End it; what it has forked goes on."""
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


async def _read_into(reader: asyncio.StreamReader, descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)


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
