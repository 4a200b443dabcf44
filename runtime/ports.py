"""Ports of this machine."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


def free_ports(count: int) -> list[int]:
    """Return ports on the loopback that nobody listens on now."""
    with ExitStack() as stack:
        ports = []
        for _ in range(count):
            held = stack.enter_context(socket.socket())
            held.bind(("127.0.0.1", 0))
            ports.append(_port_of(held))
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
