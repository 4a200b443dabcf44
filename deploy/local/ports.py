"""Ports of the loopback."""

import socket
from contextlib import suppress

HEADER = b"AMQP\x00\x00\x09\x01"
"""How a client of AMQP 0-9-1 begins."""
METHOD_FRAME = b"\x01"
"""How a server's answer begins: with the frame of `connection.start`."""


def free(port: int) -> bool:
    """Tell whether nobody listens on the port of the loopback."""
    with socket.socket() as probe:
        refused = probe.connect_ex(("127.0.0.1", port))
        return refused != 0


def speaks_amqp(port: int) -> bool:
    """Tell whether an AMQP 0-9-1 server answers on the port of the loopback."""
    address = ("127.0.0.1", port)
    with suppress(OSError), socket.create_connection(address, timeout=1) as probe:
        probe.sendall(HEADER)
        return probe.recv(1) == METHOD_FRAME
    return False
