"""The command line of `hookline-workers new`."""

from typing import Any


def add_new(commands: Any) -> None:
    """Add the command to these."""
    new = commands.add_parser("new", help="make a small project of your own, with tests")
    new.set_defaults(command="new")
    new.add_argument("name", metavar="NAME", help="of the folder, the package and the app: shop")
