"""The command line of what operators do with the journal."""

import argparse

from workers.letter_options import Commands, add_name, add_order, add_times
from workers.option_readers import positive
from workers.sought import Sought

_JOURNAL = {
    "list": "a line each",
    "show": "one whole, with its headers and body",
    "replay": "have one consumer handle them again, or for the first time",
}


def add_journal(commands: Commands) -> None:
    """Add `journal` and its actions."""
    journal = commands.add_parser("journal", help="what has come in lately, whatever became of it")
    actions = journal.add_subparsers(required=True, metavar="ACTION")
    for name, text in _JOURNAL.items():
        action = actions.add_parser(name, help=text)
        action.set_defaults(command=f"journal {name}")
        action.add_argument("--topic", metavar="T", help="orders/create, or orders/*")
        action.add_argument("--shop", metavar="S")
        action.add_argument("--id", metavar="ID", help="the webhook's id")
        add_times(action)
        action.add_argument(
            "--after", type=_offset, metavar="N", help="behind this place in the journal"
        )
        action.add_argument("--json", action="store_true", help="a JSON object a line")
    _add_replay(actions.choices["replay"])


def sought_of(arguments: argparse.Namespace) -> Sought:
    """Return what was asked for; raises SettingsError where it makes no sense."""
    return Sought(
        topic=arguments.topic,
        shop=arguments.shop,
        id=arguments.id,
        since_ms=arguments.since,
        until_ms=arguments.until,
        after=arguments.after,
        limit=arguments.limit,
    )


def _add_replay(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--consumer", metavar="C", required=True, help="who is to handle them, and nobody else"
    )
    add_order(action)
    add_name(action)
    action.add_argument(
        "--force", action="store_true", help='also where the consumer declares replay="never"'
    )
    action.add_argument(
        "--again", action="store_true", help="also what `once=` of the consumer knows as done"
    )


def _offset(text: str) -> int:
    if text == "0":
        return 0
    return positive(text)
