"""Before a command changes something: what was asked for, how much it is, whether it is meant."""

import argparse
import sys
from collections.abc import Awaitable, Callable

from runtime.agreeing import is_agreed, is_asked
from runtime.amqp.link import Connection, connected
from runtime.exit_codes import DONE, FAILED
from workers.broker.letters import any_letter, held_elsewhere
from workers.commands.dead_letters import print_groups, tell_held
from workers.dead_letters import Filter
from workers.letter import Source
from workers.letter_options import filter_of
from workers.operate.letters import Grouped, grouped
from workers.operate.replayable import Replayable
from workers.settings import Settings, SettingsError

Act = Callable[
    [Connection, argparse.Namespace, Settings, tuple[Source, ...], Filter], Awaitable[int]
]
"""Does what was asked to the letters that a filter means in these places; returns the exit code."""
Places = Callable[[Connection, str, Filter], Awaitable[tuple[Source, ...]]]
"""Returns where letters of an app lie that a filter may mean; raises SettingsError."""
Learn = Callable[[Connection, argparse.Namespace, Settings], Awaitable[Replayable]]
"""Learns which letters it cannot, or may not, be done to."""


def _check_asked(wanted: Filter, *, for_all: bool, verb: str) -> None:
    """Raise SettingsError where nobody said which letters are meant: an empty filter means all."""
    if wanted.is_empty and not for_all:
        raise SettingsError(
            f"say what to {verb}: --group G, --consumer C, --topic T, --id ID … or --all "
            "(--dry-run says how many that are)"
        )


async def after_asking(
    verb: str,
    arguments: argparse.Namespace,
    settings: Settings,
    find_places: Places,
    act: Act,
    learn: Learn | None = None,
) -> int:
    """Do to the letters that are meant what the verb says, once that is agreed; return the exit
    code.

    Raises SettingsError where nobody said which letters, or none can be meant.
    """
    wanted = filter_of(arguments)
    _check_asked(wanted, for_all=arguments.all, verb=verb)
    async with connected(settings.amqp_url, arguments.command) as connection:
        places = await find_places(connection, settings.app, wanted)
        if arguments.dry_run or is_asked(arguments):
            able = await learn(connection, arguments, settings) if learn else None
            found = await _shown(connection, arguments, places, wanted, able)

            if arguments.dry_run:
                print(f"dry run, nothing done: {found.count} to {verb}", file=sys.stderr)
                return DONE
            if not await is_agreed(arguments, f"{verb} {found.count}?"):
                return FAILED
        else:
            tell_held(await held_elsewhere(connection, places))
        return await act(connection, arguments, settings, places, wanted)


async def _shown(
    connection: Connection,
    arguments: argparse.Namespace,
    places: tuple[Source, ...],
    wanted: Filter,
    able: Replayable | None,
) -> Grouped:
    """Show the letters that it would be done to, and say which are left alone."""
    is_able = any_letter if able is None else able.takes
    found = await grouped(connection, places, wanted, is_able)
    print_groups(found, as_json=arguments.json)
    tell_held(found.held)
    for notice in able.notices() if able else ():
        print(notice, file=sys.stderr)
    return found
