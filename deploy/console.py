"""`make console`: the console in front of a demo stack with a sample mess, until Ctrl-C."""

import os
import signal
import sys
import time

from deploy import mess
from deploy.local.rabbitmq import NodeError
from deploy.local.server import NoServerError
from deploy.stack import Stack, StackError, stack
from workers.console.passwords import hashed

PASSWORD = "look-and-act"  # noqa: S105 - of a demo on the loopback
PORT = "9082"
HOW_TO_LOOK = """\
the console: {address}
  log in as operator or as viewer, password {password}

Ctrl-C ends all of it\
"""


def main() -> int:
    """Run until Ctrl-C, and return the exit code."""
    # Also of SIGINT: whom a script has started in the background is born deaf to it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)

    print("starting a private RabbitMQ, the ingress, a worker and the console …", flush=True)
    try:
        with stack("shop.mess") as running:
            _show(running)
    except KeyboardInterrupt:
        return 0
    except (StackError, NodeError, NoServerError) as error:
        print(error, file=sys.stderr)
    return 1


def _show(running: Stack) -> None:
    secret = hashed(PASSWORD)
    users = ",".join(f"{role}:{secret}:{role}" for role in ("operator", "viewer"))
    running.environment |= {
        "HOOKLINE_CONSOLE_USERS": users,
        "HOOKLINE_CONSOLE_BODIES": "masked",
        "HOOKLINE_CONSOLE_PORT": os.environ.get("HOOKLINE_CONSOLE_PORT") or PORT,
    }
    running.start("hookline-workers", "console")
    started = running.until(lambda event: event["event"] == "console.started")
    mess.make(running)
    print(HOW_TO_LOOK.format(address=started["address"], password=PASSWORD), flush=True)

    while True:
        mess.go_on(running, 30)
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
