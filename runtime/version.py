"""`--version`, for both commands."""

import argparse
import sys
from typing import Any


class ShowVersion(argparse.Action):
    """Prints which Hookline is installed, and ends the command with 0."""

    def __init__(self, option_strings: list[str], **options: Any) -> None:
        super().__init__(option_strings, nargs=0, default=argparse.SUPPRESS, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print it."""
        from importlib.metadata import version  # asked for by nobody whose command is to start soon

        sys.stdout.write(f"hookline {version('hookline')}\n")
        parser.exit()


def add_version(parser: argparse.ArgumentParser) -> None:
    """Let a command be asked which version it is."""
    parser.add_argument(
        "--version", action=ShowVersion, help="show which Hookline is installed, and exit"
    )
