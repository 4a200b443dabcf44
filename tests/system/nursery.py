"""Forks commands of ours from a process that has imported what they need.

python nursery.py DESCRIPTOR

The descriptor is a socket. Each byte on it comes with four descriptors: standard output, standard
error, where the order is read from (the command line, the folder and the environment, in JSON), and
where the process is told of: its number in a line, and when it has ended its exit code. The nursery
ends when nobody holds the socket's other end any more.

Of our own modules those are imported here that are the same in every process. What knows its
process by its number, or brings metrics along, begins in each process anew, as it does for users,
and so does all that rests on it. The seed of hashes is the same in all that are forked; who sets
PYTHONHASHSEED has them started.
"""

import atexit
import gc
import json
import os
import select
import signal
import socket
import sys
import threading
from contextlib import suppress
from importlib import import_module
from importlib.abc import MetaPathFinder
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
OURS = (
    "schemas",
    "runtime",
    "runtime/amqp",
    "ingress",
    "ingress/commands",
    "workers",
    "workers/broker",
    "workers/commands",
    "workers/operate",
)
"""Folders of ours whose modules are imported; of the payloads, the largest model alone."""
OF_ONE_PROCESS = (
    "ingress.telemetry",
    "runtime.histograms",
    "runtime.telemetry",
    "runtime.this_process",
    "workers.broker.copies",
    "workers.telemetry",
)
"""Modules of ours that know their process by its number, or bring metrics along."""
WHERE_ASKED_FOR = ("runtime.open_telemetry",)
"""Modules of ours that import what few processes need."""


class LeftToEach(MetaPathFinder):
    """Fails the import of what is each process's own, and so of all that rests on it."""

    def find_spec(self, fullname: str, *_: object) -> None:
        """Raise ImportError for what is not to be imported here."""
        if fullname in OF_ONE_PROCESS + WHERE_ASKED_FOR:
            raise ImportError(fullname)


def import_ours() -> None:
    """Import those of our own modules that are the same in every process.

    And make what takes each command longest: the largest model, and what reads a command line.
    """
    left = LeftToEach()
    sys.meta_path.insert(0, left)
    for folder in OURS:
        package = folder.replace("/", ".")
        for file in sorted((ROOT / folder).glob("[!_]*.py")):
            with suppress(ImportError):
                import_module(f"{package}.{file.stem}")
    import_module("schemas.payloads.order").Order.model_rebuild()
    for package in ("ingress", "workers"):
        import_module(f"{package}.command_line").parser()
    sys.meta_path.remove(left)


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


def leave(code: int) -> NoReturn:
    """End as Python does, but take no module apart: that costs more than a short command."""
    threading._shutdown()  # type: ignore[attr-defined] # waits for threads, as Python does
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    for module in OTHERS:
        import_module(module)
    import_ours()
    gc.collect()
    gc.freeze()

    given = socket.socket(fileno=int(sys.argv[1]))
    code: str | int | None
    try:
        code = become(Nursery(given).order())
    except SystemExit as end:
        code = end.code
    if isinstance(code, int):
        leave(code)
    sys.exit(code)
