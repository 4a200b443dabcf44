"""The command line's share of the topology: what `topology` may be told."""

import argparse
from pathlib import Path
from typing import Any

from schemas.bucket import DIVISORS
from workers.modules_option import add_modules

_TOPOLOGY = {
    "show": "print them, as a tree",
    "declare": "make the broker hold them",
    "verify": "say what on the broker differs",
    "export": "print them as RabbitMQ definitions, for an operator to import",
}


def add_topology(commands: Any) -> None:
    """Add the commands; `commands` is what argparse's `add_subparsers` returned."""
    topology = commands.add_parser(
        "topology", help="exchanges, queues and bindings of the consumers"
    )
    actions = topology.add_subparsers(required=True, metavar="ACTION")
    for name, text in _TOPOLOGY.items():
        action = actions.add_parser(name, help=text)
        action.set_defaults(command=f"topology {name}")
        add_modules(action)
        if name == "export":
            _add_format(action)
            _add_users(action)
    _add_retire(actions)
    _add_partition(actions)


def _add_format(export: argparse.ArgumentParser) -> None:
    export.add_argument(
        "--format",
        choices=("definitions", "operator"),
        default="definitions",
        help="RabbitMQ's definitions, or resources of its topology operator on Kubernetes",
    )


def _add_users(export: argparse.ArgumentParser) -> None:
    export.add_argument(
        "--users",
        action="store_true",
        help="with the virtual host, and a user and permissions for each role",
    )
    export.add_argument(
        "--passwords",
        type=Path,
        metavar="FOLDER",
        help="the same, with the hashes of passwords: a file for each role, such as `ingress`",
    )


def _add_retire(actions: Any) -> None:
    retire = actions.add_parser(
        "retire", help="end a consumer's queues: unbind them, move or drop what is left"
    )
    retire.set_defaults(command="topology retire")
    retire.add_argument("consumer", metavar="CONSUMER", help="whose queues")
    retire.add_argument("--topic", metavar="T", help="only this topic's queue")

    fate = retire.add_mutually_exclusive_group()
    fate.add_argument(
        "--to",
        metavar="CONSUMER",
        help="move what is left to this consumer's queue of the same topic",
    )
    fate.add_argument("--drop", action="store_true", help="drop what is left, dead letters too")

    retire.add_argument("--dry-run", action="store_true", help="only say what would become of what")


def _add_partition(actions: Any) -> None:
    partition = actions.add_parser(
        "partition", help="change in how many partitions a consumer takes a topic, while it works"
    )
    partition.set_defaults(command="topology partition")
    partition.add_argument("consumer", metavar="CONSUMER", help="whose topics")
    partition.add_argument("--topic", metavar="T", help="only this topic")
    partition.add_argument(
        "--into",
        type=int,
        choices=DIVISORS,
        required=True,
        metavar="N",
        help="how many from now on",
    )
