"""`make up`: broker, ingress and workers until Ctrl-C, with every event shown."""

import os
import signal
import sys

from deploy.demo import Story
from deploy.local.rabbitmq import NodeError
from deploy.local.server import NoServerError
from deploy.stack import APP, ROOT, SECRET, SHOP, Stack, StackError, stack

HOW_TO_POST = """\
post webhooks to {address}, or let the command do it:

  HOOKLINE_APP={app} HOOKLINE_SECRETS={secret} .venv/bin/hookline-ingress send orders/create \\
    examples/bodies/order.json --shop {shop} --to {address}

broker: {broker}   Ctrl-C ends all of it\
"""


def main() -> int:
    """Run until Ctrl-C, and return the exit code."""
    os.environ["HOOKLINE_PORT"] = os.environ.get("HOOKLINE_PORT") or "8080"
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with stack() as running:
            _show_events(running)
    except KeyboardInterrupt:
        return 0
    except (StackError, NodeError, NoServerError) as error:
        print(error, file=sys.stderr)
    return 1


def _show_events(running: Stack) -> None:
    broker = running.environment["HOOKLINE_AMQP_URL"]
    text = HOW_TO_POST.format(
        address=running.address, app=APP, secret=SECRET, shop=SHOP, broker=broker
    )
    print(text, flush=True)

    story = Story(running, ROOT)
    while True:
        event = running.events.get()
        story.show(event)


if __name__ == "__main__":
    sys.exit(main())
