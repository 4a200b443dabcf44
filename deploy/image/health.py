"""The image's health check: 0 while the command in the container answers /healthz, else 1.

It never asks for readiness: a container that is restarted because the broker is away helps nobody.
"""

import os
import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

ADMIN_PORTS = ("9080", "9081", "9083", "9084")
"""The defaults of ingress, workers, `subscriptions watch` and console: only one of them runs in a
container.
"""
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, not bound to
"""What stands for every address of the container, the loopback too."""
ANSWER_TIMEOUT = 3
"""Seconds for the answer."""


def is_alive(host: str, port: str) -> bool:
    """Tell whether a command of ours answers there."""
    connection = HTTPConnection(host, int(port), timeout=ANSWER_TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    """Return the exit code."""
    told_host = os.environ.get("HOOKLINE_ADMIN_HOST", "")
    host = "127.0.0.1" if told_host in EVERYWHERE else told_host

    told_port = os.environ.get("HOOKLINE_ADMIN_PORT", "")
    ports = (told_port,) if told_port else ADMIN_PORTS
    alive = any(is_alive(host, port) for port in ports)
    return 0 if alive else 1


if __name__ == "__main__":
    sys.exit(main())
