"""Forks commands of ours from a process that has imported what they need.

python nursery.py DESCRIPTOR

The descriptor is a socket. Each byte on it comes with four descriptors: standard output, standard
error, where the order is read from (the command line, the folder and the environment, in JSON), and
where the process is told of: its number in a line, and when it has ended its exit code. The nursery
ends when nobody holds the socket's other end any more.

What is imported is the same in each that is forked, and so is the seed of hashes: who sets
PYTHONPATH or PYTHONHASHSEED has them started. That each command is also found where nothing of ours
was imported before it, `tests/test_architecture.py` holds.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
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
ROOT = Path(__file__).parents[2]


def ours() -> list[str]:
    """Return those modules of ours with which the others come: the commands, and a payload."""
    files = [*ROOT.glob("*/__main__.py"), *ROOT.glob("*/commands/[!_]*.py")]
    named = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in sorted(files)]
    return ["runtime.start", *named, "schemas.payloads.order"]


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
        os.write(told, b"%d\n" % pid)
        self._children[alive] = (pid, told)
        return None

    def _tell_end(self, alive: int) -> None:
        pid, told = self._children.pop(alive)
        os.close(alive)
        _, status = os.waitpid(pid, 0)
        os.write(told, b"%d" % os.waitstatus_to_exitcode(status))
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
    for module in (*OTHERS, *ours()):
        import_module(module)
    gc.collect()
    gc.freeze()

    given = socket.socket(fileno=int(sys.argv[1]))
    sys.exit(become(Nursery(given).order()))
