"""The modules that a command is given."""

import argparse


def add_modules(command: argparse.ArgumentParser) -> None:
    """Let a command be told which modules hold consumers."""
    command.add_argument(
        "module",
        nargs="*",
        metavar="MODULE",
        help="holds consumers; none: those of installed packages",
    )
