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

    given = os.environ.get("HOOKLINE_AMQP_URL")
    if given:
        print(given)  # somebody's broker: used as it is, never stopped
        return 0

    try:
        return _run(arguments[0], Node(FOLDER))
    except (NodeError, NoServerError) as error:
        print(error, file=sys.stderr)
        return 1


def _run(action: str, node: Node) -> int:
    if action == "stop":
        node.stop()
        return 0

    if action == "url" and node.pid is None:
        print("no node runs; start one first", file=sys.stderr)
        return 1

    node.start()
    print(node.url())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
