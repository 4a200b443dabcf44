"""`python -m deploy.local start|url|stop`: a private node that outlives its starter."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local.rabbitmq import Node, NodeError
from deploy.local.server import NoServerError

FOLDER = Path(__file__).resolve().parents[2] / ".run/rabbitmq"


def main(arguments: Sequence[str]) -> int:
    """Run `start`, `url` or `stop`, and return the exit code."""
    if list(arguments) not in (["start"], ["url"], ["stop"]):
        print("usage: python -m deploy.local start|url|stop", file=sys.stderr)
        return 2
    if given := os.environ.get("HOOKLINE_AMQP_URL"):
        print(given)  # somebody's broker: used as it is, never stopped
        return 0
    node = Node(FOLDER)
    try:
        if arguments[0] == "stop":
            node.stop()
            return 0
        if arguments[0] == "url" and node.pid is None:
            print("no node runs; start one first", file=sys.stderr)
            return 1
        print(node.start().url())
    except (NodeError, NoServerError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
