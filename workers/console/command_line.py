"""The command line's share of the console."""

from typing import Any

from workers.console.users import Role


def add_console(commands: Any) -> None:
    """Add the command; `commands` is what argparse's `add_subparsers` returned."""
    console = commands.add_parser("console", help="what operators see and do, in the browser")
    console.set_defaults(command="console")
    actions = console.add_subparsers(metavar="ACTION")

    hashing = actions.add_parser(
        "hash", help="ask for a password, and print an entry of HOOKLINE_CONSOLE_USERS"
    )
    hashing.set_defaults(command="console hash")
    hashing.add_argument("name", metavar="NAME", help="what they log in as")
    hashing.add_argument(
        "--role",
        choices=[role.value for role in Role],
        default=Role.VIEWER.value,
        help="a viewer looks, an operator also acts (default: viewer)",
    )
