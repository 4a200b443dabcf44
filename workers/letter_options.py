"""The command line of what operators do with letters, and the filter that it asks for."""

import argparse
from pathlib import Path
from typing import Any, TypeAlias

from workers import option_readers as read
from workers.dead_letters import Filter
from workers.operate.limits import RAMP_WAIT, RATE

Commands: TypeAlias = Any
"""What `add_subparsers` returns: argparse has no public name for it."""

_DEAD_LETTERS = {
    "groups": "how many there are of which error, the largest group first",
    "list": "a line each",
    "sequences": "which shops of ordered consumers have some, and how much waits behind them",
    "show": "one whole, with its traceback, headers and body",
    "replay": "put them back on their queue",
    "drop": "take them away, into a file from which they can be imported again",
    "export": "write them into a file, and leave them where they are",
}
_CHANGING = frozenset({"replay", "drop"})


def add_dead_letters(commands: Commands) -> None:
    """Add `dead-letters` and its actions."""
    letters = commands.add_parser("dead-letters", help="webhooks given up on, or unrouted")
    actions = letters.add_subparsers(required=True, metavar="ACTION")
    for name, text in _DEAD_LETTERS.items():
        action = actions.add_parser(name, help=text)
        action.set_defaults(command=f"dead-letters {name}")
        add_filter(action)
        action.add_argument("--reason", metavar="R", help="such as exhausted, rejected, crashed")
        action.add_argument(
            "--unrouted",
            action="store_true",
            help="not dead letters, but webhooks that no consumer has a queue for",
        )
        action.add_argument("--json", action="store_true", help="a JSON object a line")
        if name in _CHANGING:
            add_order(action)

    _add_show(actions.choices["show"])
    _add_replay(actions.choices["replay"])
    _add_drop(actions.choices["drop"])
    _add_export(actions.choices["export"])
    _add_import(actions)


def add_filter(action: argparse.ArgumentParser) -> None:
    """Add the options that say which letters are meant."""
    action.add_argument(
        "--group", metavar="G", help="as `dead-letters groups` or a --dry-run shows it"
    )
    action.add_argument("--consumer", metavar="C")
    action.add_argument("--topic", metavar="T")
    action.add_argument("--shop", metavar="S")
    action.add_argument("--error", metavar="TEXT", help="a part of the error's text")
    action.add_argument("--id", metavar="ID", help="the webhook's id")
    add_times(action)


def add_times(action: argparse.ArgumentParser) -> None:
    """Add the options that say from when to when, and how many."""
    action.add_argument(
        "--since",
        type=read.moment,
        metavar="TIME",
        help="2h ago, today's 03:00, or 2026-11-29T03:00 (UTC)",
    )
    action.add_argument("--until", type=read.moment, metavar="TIME", help="likewise")
    action.add_argument("--limit", type=read.positive, metavar="N", help="so many at most")


def add_order(action: argparse.ArgumentParser) -> None:
    """Add the options of what changes something."""
    action.add_argument("--all", action="store_true", help="without any filter")
    action.add_argument("--dry-run", action="store_true", help="only say how many that are")
    action.add_argument("--yes", action="store_true", help="do not ask on a terminal")
    _add_rate(action)


def add_name(action: argparse.ArgumentParser) -> None:
    """Add the name that an operator gives to what he does."""
    action.add_argument(
        "--name",
        type=read.name,
        metavar="NAME",
        help="such as INC-123: kept in the control log, and in letters that are replayed",
    )


def filter_of(arguments: argparse.Namespace) -> Filter:
    """Return the filter that was asked for; raises SettingsError where it makes no sense."""
    return Filter(
        consumer=arguments.consumer,
        topic=arguments.topic,
        id=arguments.id,
        group=arguments.group,
        reason=arguments.reason,
        shop=arguments.shop,
        error=arguments.error,
        since_ms=arguments.since,
        until_ms=arguments.until,
        limit=arguments.limit,
    )


def _add_rate(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--rate",
        type=read.rate,
        default=RATE,
        metavar="N",
        help=f"so many a second (default {RATE:g})",
    )


def _add_replay(action: argparse.ArgumentParser) -> None:
    add_name(action)
    action.add_argument("--sequence", metavar="SHOP", help="one shop's, in the order that was kept")
    action.add_argument(
        "--force", action="store_true", help='also of consumers that declare replay="never"'
    )
    action.add_argument(
        "--again", action="store_true", help="also what `once=` of their consumer knows as done"
    )
    action.add_argument(
        "--ramp",
        type=read.duration,
        nargs="?",
        const=RAMP_WAIT,
        metavar="WAIT",
        help="1, 2, 5, 20, 100 … with a wait after each (10s); ends where they die again",
    )


def _add_show(action: argparse.ArgumentParser) -> None:
    action.add_argument("shown", nargs="?", metavar="ID", help="the webhook's id; or --id ID")
    action.add_argument(
        "--as-test",
        action="store_true",
        help="print a test that fails; its body, masked, goes into a file beside it",
    )


def _add_drop(action: argparse.ArgumentParser) -> None:
    fate = action.add_mutually_exclusive_group()
    fate.add_argument(
        "--to", type=Path, metavar="FILE", help="a new file (default: named after app and time)"
    )
    fate.add_argument("--for-good", action="store_true", help="into no file: nothing is kept")


def _add_export(action: argparse.ArgumentParser) -> None:
    action.add_argument("to", type=Path, metavar="FILE", help="a new file")


def _add_import(actions: Commands) -> None:
    action = actions.add_parser("import", help="put letters of a file back where they lay")
    action.set_defaults(command="dead-letters import")
    action.add_argument("file", type=Path, metavar="FILE", help="as drop and export write it")
    action.add_argument("--dry-run", action="store_true", help="only say how many that are")
    action.add_argument("--yes", action="store_true", help="do not ask on a terminal")
    _add_rate(action)
