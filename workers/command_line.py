"""The command line of `hookline-workers`: which commands there are, and what each may be told.

A parsed command line names its command by `command`, such as "topology show"; `workers.__main__`
knows the function for each name. Nothing here speaks to a broker or reads settings.
"""

import argparse
from pathlib import Path
from typing import Any, TypeAlias

from runtime.version import add_version
from schemas.bucket import DIVISORS
from schemas.limits import MAX_CONCURRENCY
from workers.deployment.command_line import add_deploy
from workers.docs.command_line import add_docs
from workers.letter_options import add_dead_letters
from workers.operate.command_line import add_orders
from workers.project.command_line import add_new
from workers.waiting_options import add_waiting

MAX_PROCESSES = 64

Commands: TypeAlias = Any
"""What `add_subparsers` returns: argparse has no public name for it."""

_TOPOLOGY = {
    "show": "print them, as a tree",
    "declare": "make the broker hold them",
    "verify": "say what on the broker differs",
    "export": "print them as RabbitMQ definitions, for an operator to import",
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    whole = argparse.ArgumentParser(
        "hookline-workers", description="Runs webhook consumers on RabbitMQ."
    )
    add_version(whole)
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    _add_run(commands)
    _add_topology(commands)
    _add_status(commands)
    add_dead_letters(commands)
    add_waiting(commands)
    _add_check(commands)
    add_orders(commands)
    add_deploy(commands, _add_choice)
    add_docs(commands, _add_choice)
    add_new(commands)
    return whole


def _add_run(commands: Commands) -> None:
    run = commands.add_parser("run", help="consume until SIGTERM, then drain")
    run.set_defaults(command="run")
    _add_choice(run)
    run.add_argument(
        "--processes",
        type=int,
        choices=range(1, MAX_PROCESSES + 1),
        default=1,
        metavar="N",
        help="so many of them",
    )
    run.add_argument(
        "--concurrency",
        type=_concurrency,
        metavar="N",
        help="handlers at once a queue, for all consumers",
    )


def _add_topology(commands: Commands) -> None:
    topology = commands.add_parser(
        "topology", help="exchanges, queues and bindings of the consumers"
    )
    actions = topology.add_subparsers(required=True, metavar="ACTION")
    for name, text in _TOPOLOGY.items():
        action = actions.add_parser(name, help=text)
        action.set_defaults(command=f"topology {name}")
        _add_modules(action)
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


def _add_retire(actions: Commands) -> None:
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


def _add_partition(actions: Commands) -> None:
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


def _add_status(commands: Commands) -> None:
    status = commands.add_parser("status", help="how everything is doing, and what is wrong")
    status.set_defaults(command="status")
    status.add_argument("--watch", action="store_true", help="again and again, until Ctrl-C")
    status.add_argument("--json", action="store_true", help="one JSON object each time")


def _add_check(commands: Commands) -> None:
    check = commands.add_parser("check", help="settings, consumers and broker; changes nothing")
    check.set_defaults(command="check")
    _add_modules(check)


def _add_choice(command: argparse.ArgumentParser) -> None:
    _add_modules(command)
    command.add_argument(
        "--topic",
        action="append",
        default=[],
        metavar="T",
        help="only this topic's queues; repeatable",
    )
    command.add_argument(
        "--consumer",
        action="append",
        default=[],
        metavar="C",
        help="only this consumer; repeatable",
    )


def _add_modules(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "module",
        nargs="*",
        metavar="MODULE",
        help="holds consumers; none: those of installed packages",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _concurrency(text: str) -> int:
    number = _positive(text)
    if number > MAX_CONCURRENCY:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on to {MAX_CONCURRENCY}")
    return number
