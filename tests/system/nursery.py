"""Forks commands of ours from a process that has imported what they need.

python nursery.py DESCRIPTOR

The descriptor is a socket. Each byte on it comes with four descriptors: standard output, standard
error, where the order is read from (the command line, the folder and the environment, in JSON), and
where the process is told of: its number in a line, and when it has ended its exit code. The nursery
ends when nobody holds the socket's other end any more.

Of our own modules only `schemas` is imported here, which is the same in every process. The others
begin in each process anew, as they do for users: one knows the process by its number, and each
brings metrics along. The seed of hashes is the same in all that are forked; who sets PYTHONHASHSEED
has them started.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

OTHERS = (
    "asyncio",
    "aiohttp.web",
    "aio_pika",
    "encodings.idna",
    "lxml.etree",
    "orjson",
    "prometheus_client",
    "pydantic_settings",
    "structlog",
    "tenacity",
    "uvloop",
)
"""What commands import of others. Each is imported where it is missing here: only slower."""
SCHEMAS = Path(__file__).parents[2] / "schemas"


def schemas() -> list[str]:
    """Return the modules of `schemas` and, of its payloads, the largest model."""
    found = sorted(file.stem for file in SCHEMAS.glob("[!_]*.py"))
    return [*(f"schemas.{name}" for name in found), "schemas.payloads.order"]


class Nursery:
    """Forks at each order."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._children: dict[int, tuple[int, int]] = {}
        """By a pipe that ends with the process: its number, and where it is told of."""

    def order(self) -> dict[str, Any]:
        """Return, in a child that was forked for it, what it is to carry out."""
        orders = self._orders.fileno()
        while True:
            ready, _, _ = select.select([orders, *self._children], [], [])
            for one in ready:
                if one != orders:
                    self._tell_end(one)
                    continue

                order = self._forked()
                if order is not None:
                    return order

    def _forked(self) -> dict[str, Any] | None:
        taken, descriptors, *_ = socket.recv_fds(self._orders, 1, 4)
        if not taken:
            self._end()

        out, err, written, told = descriptors
        alive, kept_by_child = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._forget()
            return _with_its_streams(out, err, written, close=(told, alive))

        for descriptor in (out, err, written, kept_by_child):
            os.close(descriptor)
        self._children[alive] = (pid, told)
        _tell(told, b"%d\n" % pid)
        return None

    def _tell_end(self, alive: int) -> None:
        pid, told = self._children.pop(alive)
        os.close(alive)
        _, status = os.waitpid(pid, 0)
        _tell(told, b"%d" % os.waitstatus_to_exitcode(status))
        os.close(told)

    def _forget(self) -> None:
        """Close what is the nursery's own."""
        self._orders.close()
        for alive, (_, told) in self._children.items():
            os.close(alive)
            os.close(told)

    def _end(self) -> NoReturn:
        """End, and with it what nobody waits for any more."""
        for pid, _ in self._children.values():
            os.kill(pid, signal.SIGKILL)
        for alive in tuple(self._children):
            self._tell_end(alive)
        raise SystemExit


def _tell(told: int, what: bytes) -> None:
    """Write it, to whoever still reads; where nobody does, the order to end is on its way."""
    with suppress(BrokenPipeError):
        os.write(told, what)


def _with_its_streams(out: int, err: int, written: int, close: tuple[int, ...]) -> dict[str, Any]:
    """Take the streams as one's own, and return the order."""
    os.dup2(out, 1)
    os.dup2(err, 2)
    for descriptor in (out, err, *close):
        os.close(descriptor)

    with open(written, "rb") as order:
        return dict(json.load(order))


def become(order: dict[str, Any]) -> int:
    """Run the command as its own script would, and return its exit code."""
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = order["command"]

    script = Path(sys.argv[0])
    sys.path[0] = str(script.parent)
    start = import_module("runtime.start")
    run = getattr(start, script.name.removeprefix("hookline-"))
    return int(run())


if __name__ == "__main__":
    for module in (*OTHERS, *schemas()):
        import_module(module)
    gc.collect()
    gc.freeze()

    given = socket.socket(fileno=int(sys.argv[1]))
    sys.exit(become(Nursery(given).order()))
