"""Forks commands of ours from a process that has imported what they need from others.

python nursery.py DESCRIPTOR

An order is one message to the socket: the command line, the folder and the environment, with three
descriptors: standard output, standard error, and a socket for the answers. These are the number of
the process, with a descriptor of it, and when it has ended its exit code. It ends when nobody holds
the other end of its socket any more.

Our own modules are not imported here: they begin in each process anew, as they do for users.
"""

import gc
import json
import os
import selectors
import socket
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

OTHERS = (
    "asyncio",
    "aiohttp.web",
    "aio_pika",
    "lxml.etree",
    "orjson",
    "prometheus_client",
    "pydantic_settings",
    "structlog",
    "tenacity",
    "uvloop",
)
"""What commands import of others. Each is imported where it is missing here: only slower."""
LONGEST = 1_000_000
"""Bytes of an order at most."""


class Nursery:
    """Takes orders until it is a child itself, and returns whose."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._children: dict[int, tuple[int, socket.socket]] = {}
        self._waiting = selectors.DefaultSelector()
        self._waiting.register(orders, selectors.EVENT_READ)

    def command(self) -> dict[str, Any]:
        """Return the order that this process, a child now, is to carry out."""
        while True:
            for key, _ in self._waiting.select():
                if key.fd != self._orders.fileno():
                    self._tell_end(key.fd)
                    continue

                order = self._carry_out()
                if order is not None:
                    return order

    def _carry_out(self) -> dict[str, Any] | None:
        written, descriptors, *_ = socket.recv_fds(self._orders, LONGEST, 3)
        if not written:
            raise SystemExit

        out, err, answers = descriptors
        pid = os.fork()
        if pid == 0:
            self._forget()
            os.dup2(out, 1)
            os.dup2(err, 2)
            os.closerange(min(descriptors), max(descriptors) + 1)
            return dict(json.loads(written))

        os.close(out)
        os.close(err)
        self._keep(pid, socket.socket(fileno=answers))
        return None

    def _keep(self, pid: int, answers: socket.socket) -> None:
        descriptor = os.pidfd_open(pid)
        self._children[descriptor] = (pid, answers)
        self._waiting.register(descriptor, selectors.EVENT_READ)
        socket.send_fds(answers, [str(pid).encode()], [descriptor])

    def _tell_end(self, descriptor: int) -> None:
        pid, answers = self._children.pop(descriptor)
        self._waiting.unregister(descriptor)
        os.close(descriptor)

        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        with answers:
            answers.send(str(code).encode())

    def _forget(self) -> None:
        """Close what is the nursery's own."""
        self._waiting.close()
        self._orders.close()
        for descriptor, (_, answers) in self._children.items():
            os.close(descriptor)
            answers.close()
        self._children.clear()


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
    for module in OTHERS:
        import_module(module)
    gc.collect()
    gc.freeze()

    given = socket.socket(fileno=int(sys.argv[1]))
    sys.exit(become(Nursery(given).command()))
