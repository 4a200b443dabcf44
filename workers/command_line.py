"""The command line of `hookline-workers`: which commands there are, and what each may be told.

A parsed command line names its command by `command`, such as "topology show"; `workers.__main__`
knows the function for each name. Nothing here speaks to a broker or reads settings.
"""

import argparse
from functools import cache
from typing import Any, TypeAlias

from runtime.version import add_version
from schemas.limits import MAX_CONCURRENCY
from workers.console.command_line import add_console
from workers.deployment.command_line import add_deploy
from workers.docs.command_line import add_docs
from workers.journal_options import add_journal
from workers.letter_options import add_dead_letters
from workers.modules_option import add_modules
from workers.operate.command_line import add_orders
from workers.project.command_line import add_new
from workers.tap_options import add_tap
from workers.topology_options import add_topology
from workers.waiting_options import add_waiting

MAX_PROCESSES = 64

Commands: TypeAlias = Any
"""What `add_subparsers` returns: argparse has no public name for it."""


@cache
def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; most of a short command is the making of it."""
    whole = argparse.ArgumentParser(
        "hookline-workers", description="Runs webhook consumers on RabbitMQ."
    )
    add_version(whole)
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    _add_run(commands)
    add_topology(commands)
    _add_status(commands)

    add_dead_letters(commands)
    add_waiting(commands)
    add_journal(commands)
    add_tap(commands)
    _add_check(commands)
    add_orders(commands)
    add_console(commands)
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
        "--reload", action="store_true", help="anew when a Python file here changes: to develop"
    )
    run.add_argument(
        "--concurrency",
        type=_concurrency,
        metavar="N",
        help="handlers at once a queue, for all consumers",
    )


def _add_status(commands: Commands) -> None:
    status = commands.add_parser("status", help="how everything is doing, and what is wrong")
    status.set_defaults(command="status")
    status.add_argument("--watch", action="store_true", help="again and again, until Ctrl-C")
    status.add_argument("--json", action="store_true", help="one JSON object each time")


def _add_check(commands: Commands) -> None:
    check = commands.add_parser("check", help="settings, consumers and broker; changes nothing")
    check.set_defaults(command="check")
    add_modules(check)


def _add_choice(command: argparse.ArgumentParser) -> None:
    add_modules(command)
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


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _concurrency(text: str) -> int:
    number = _positive(text)
    if number > MAX_CONCURRENCY:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on to {MAX_CONCURRENCY}")
    return number
