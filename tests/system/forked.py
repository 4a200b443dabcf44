"""Commands of ours that are forked instead of started: `pytest --fork-commands`.

A start costs a quarter of a second of processor time, of which most is spent on importing what is
not ours. Only commands that run to their end are forked; a worker or an ingress is started.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

NURSERY = Path(__file__).parent / "nursery.py"
COMMANDS_FOLDER = Path(sys.executable).parent
COMMANDS = ("hookline-ingress", "hookline-workers")
UNTRUSTING = {"SSL_CERT_FILE": os.devnull}
"""No test trusts the machine's authorities, which aiohttp would load at each start."""
READ_EARLY = ("PYTHON", "LD_", "LC_", "LANG", "SSL_", "TZ", "OTEL_")
"""How the variables begin that what is not ours may read when it is imported."""


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

    async def finished(
        self, line: Sequence[str], environment: dict[str, str], cwd: Path
    ) -> tuple[int, bytes, bytes]:
        """Run a command in a folder to its end; return exit code, standard output and error."""
        if self._process is None:
            self._begin()

        order = {"command": list(line), "cwd": str(cwd), "env": environment}
        out, err, code = (os.pipe() for _ in range(3))
        theirs, written = os.pipe()
        given = [out[1], err[1], theirs, code[1]]
        socket.send_fds(self._orders, [b"."], given)
        for descriptor in given:
            os.close(descriptor)

        with open(written, "wb") as file:
            file.write(json.dumps(order).encode())
        told = await asyncio.gather(_read(code[0]), _read(out[0]), _read(err[0]))
        return int(told[0]), told[1], told[2]

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


async def _read(descriptor: int) -> bytes:
    """Read a pipe to its end."""
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        return await reader.read()
    finally:
        transport.close()


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
