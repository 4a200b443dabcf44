"""The command line of `hookline-workers docs`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_docs(commands: Any, add_choice: Callable[[Any], None]) -> None:
    """Add the command to these; `add_choice` adds the arguments that choose consumers."""
    docs = commands.add_parser(
        "docs", help="print what the consumers read, as AsyncAPI; or write it, with JSON Schemas"
    )
    docs.set_defaults(command="docs")
    add_choice(docs)
    docs.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        help="write asyncapi.json, and schemas/ with a JSON Schema for each payload type",
    )
