"""Asking on a terminal whether something is meant, before it is done."""

import argparse
import asyncio
import sys


async def is_agreed(arguments: argparse.Namespace, question: str) -> bool:
    """Ask on a terminal whether it is meant; tell whether it is, or nobody is to be asked."""
    if not is_asked(arguments):
        return True

    # Not in the loop: while it stands still, a broker gives its connection up.
    answer = await asyncio.to_thread(input, f"{question} [y/N] ")
    is_meant = answer.strip().casefold() in ("y", "yes")
    if not is_meant:
        sys.stderr.write("nothing done\n")
    return is_meant


def is_asked(arguments: argparse.Namespace) -> bool:
    """Tell whether there is somebody to ask."""
    return not arguments.yes and sys.stdin.isatty() and sys.stdout.isatty()
