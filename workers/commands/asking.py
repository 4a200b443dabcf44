"""Before a command changes something: what was asked for, how much it is, whether it is meant."""

import argparse
import asyncio
import sys

from runtime.amqp.link import Connection
from runtime.exit_codes import DONE, FAILED
from workers.broker.letters import held_elsewhere
from workers.commands.dead_letters import print_groups, tell_held
from workers.dead_letters import Filter
from workers.letter import Source
from workers.operate.letters import grouped
from workers.settings import SettingsError


def check_asked(wanted: Filter, *, for_all: bool, verb: str) -> None:
    """Raise SettingsError where nobody said which letters are meant: an empty filter means all."""
    if wanted.is_empty and not for_all:
        raise SettingsError(
            f"say what to {verb}: --group G, --consumer C, --topic T, --id ID … or --all "
            "(--dry-run says how many that are)"
        )


async def is_agreed(arguments: argparse.Namespace, question: str) -> bool:
    """Ask on a terminal whether it is meant; tell whether it is, or nobody is to be asked."""
    if not is_asked(arguments):
        return True

    # Not in the loop: while it stands still, the broker gives the connection up.
    answer = await asyncio.to_thread(input, f"{question} [y/N] ")
    return answer.strip().casefold() in ("y", "yes")


def is_asked(arguments: argparse.Namespace) -> bool:
    """Tell whether there is somebody to ask."""
    return not arguments.yes and sys.stdin.isatty() and sys.stdout.isatty()


async def settled_by_asking(
    connection: Connection,
    arguments: argparse.Namespace,
    places: tuple[Source, ...],
    wanted: Filter,
    verb: str,
) -> int | None:
    """Say how many letters are meant, and ask whether to go on, where that is to be done.

    Returns the exit code where that was all; None where the letters are to be moved.
    """
    if not arguments.dry_run and not is_asked(arguments):
        tell_held(await held_elsewhere(connection, places))
        return None

    found = await grouped(connection, places, wanted)
    print_groups(found, as_json=arguments.json)
    tell_held(found.held)

    if arguments.dry_run:
        print(f"dry run, nothing done: {found.count} to {verb}", file=sys.stderr)
        return DONE
    if await is_agreed(arguments, f"{verb} {found.count}?"):
        return None
    return FAILED
