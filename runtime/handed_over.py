"""A listening socket that whoever started us holds already: systemd's socket activation.

Connections wait in it while we restart, where they would be refused. How we are told is fixed by
sd_listen_fds(3): `LISTEN_PID` says whom the descriptors are for, `LISTEN_FDS` how many there are,
from 3 on. One of several processes shares the socket of its parent.
"""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from runtime.early import PARENT
from runtime.ports import reserved

DESCRIPTOR = 3
"""The first descriptor that is handed over, and the only one that we take."""
_INTERNET = (socket.AF_INET, socket.AF_INET6)


def handed_over(environment: Mapping[str, str] = os.environ) -> socket.socket | None:
    """Return the listening socket that this process was handed; None where it was handed nothing.

    Raises OSError where it was handed something else.
    """
    meant = environment.get("LISTEN_PID", "")
    this_process = str(os.getpid())
    if not meant or meant not in (this_process, environment.get(PARENT)):
        return None

    count = environment.get("LISTEN_FDS")
    if count != "1":
        raise OSError(f"LISTEN_FDS={count}: one socket can be taken; keep one ListenStream=")

    given = socket.socket(fileno=DESCRIPTOR)
    is_listening = given.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if given.family not in _INTERNET or not is_listening:
        given.detach()
        raise OSError("what was handed over does not listen for TCP; say ListenStream=8080")
    return given


@contextmanager
def kept_open(given: socket.socket | None, host: str, port: int) -> Iterator[int]:
    """Keep the port that processes share: that of the socket, or one where there is none.

    Raises OSError where it is somebody else's.
    """
    if given is None:
        with reserved(host, port) as own:
            yield own
        return

    with given:
        address = given.getsockname()
        yield int(address[1])
