"""`make up`: broker, ingress and workers until Ctrl-C, with every event shown."""

import os
import signal
import sys

from deploy.demo import Story
from deploy.local.rabbitmq import NodeError
from deploy.local.server import NoServerError
from deploy.stack import APP, ROOT, SECRET, SHOP, StackError, stack


def main() -> int:
    """Run until Ctrl-C, and return the exit code."""
    os.environ["HOOKLINE_PORT"] = os.environ.get("HOOKLINE_PORT") or "8080"
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with stack() as running:
            print(f"post webhooks to {running.address}, or let the command do it:\n")
            print(
                f"  HOOKLINE_APP={APP} HOOKLINE_SECRETS={SECRET} .venv/bin/hookline-ingress send orders/create \\"
            )
            print(f"    examples/bodies/order.json --shop {SHOP} --to {running.address}\n")
            print(
                f"broker: {running.environment['HOOKLINE_AMQP_URL']}   Ctrl-C ends all of it",
                flush=True,
            )
            story = Story(running, ROOT)
            while True:
                story.show(running.events.get())
    except KeyboardInterrupt:
        return 0
    except (StackError, NodeError, NoServerError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
