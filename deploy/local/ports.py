"""Ports of the loopback."""

import socket
from contextlib import suppress


def free(port: int) -> bool:
    """Tell whether nobody listens on the port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def speaks_amqp(port: int) -> bool:
    """Tell whether an AMQP 0-9-1 server answers on the port of the loopback."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
        probe.sendall(b"AMQP\x00\x00\x09\x01")
        return probe.recv(1) == b"\x01"  # a method frame: connection.start
    return False
