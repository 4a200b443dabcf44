"""Ports of this machine."""

import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

BELOW_THE_SYSTEMS_OWN = range(10_000, 32_768)
"""Linux gives outgoing connections ports from 32768 on: one of those may be gone a moment later,
also while a server that is to come back to it is down.
"""


def free_ports(count: int) -> list[int]:
    """Return ports on the loopback that nobody listens on now."""
    with ExitStack() as stack:
        ports: list[int] = []
        while len(ports) < count:
            port = random.choice(BELOW_THE_SYSTEMS_OWN)  # noqa: S311 - no secret
            held = stack.enter_context(socket.socket())
            with suppress(OSError):
                held.bind(("127.0.0.1", port))
                ports.append(port)
        return ports


@contextmanager
def reserved(host: str, port: int) -> Iterator[int]:
    """Hold a port that processes share, without listening on it.

    Raises OSError where it is somebody else's.
    """
    family = socket.AF_INET
    if ":" in host:
        family = socket.AF_INET6

    with socket.socket(family) as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((host, port))
        yield _port_of(held)


def _port_of(held: socket.socket) -> int:
    _, port, *_ = held.getsockname()
    return int(port)
