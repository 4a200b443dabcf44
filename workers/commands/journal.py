"""`hookline-workers journal list` and `show`: what has come in lately, whatever became of it."""

import argparse
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing

from runtime.amqp.link import connected
from runtime.exit_codes import DONE, FAILED
from schemas.printable import printable
from workers.commands.bar import Bar
from workers.commands.letter_lines import print_kept, print_page
from workers.journal_options import sought_of
from workers.letter_rows import kept_page
from workers.operate.journal import Kept, search
from workers.settings import Settings, SettingsError
from workers.sought import Sought

LOOKED = "looked at"


async def list_journal(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print a line for each webhook that is meant; return the exit code."""
    sought = sought_of(arguments)
    count = 0
    async with aclosing(_found(settings, sought)) as found:
        async for kept in found:
            print_kept(kept.letter, as_json=arguments.json, is_first=count == 0)
            count += 1
    if not count:
        tell_none(sought)
    return DONE


async def show_journal(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print one webhook wholly; return the exit code."""
    sought = sought_of(arguments)
    if not sought.id:
        raise SettingsError("say which: --id ID (journal list shows them)")

    count = 0
    async with aclosing(_found(settings, sought, bodies=True)) as found:
        async for letter, copy in found:
            described = kept_page(letter, copy.properties, copy.body)
            print_page(described, as_json=arguments.json)
            count += 1
    if not count:
        tell_none(sought)
        return FAILED
    return DONE


def tell_none(sought: Sought) -> None:
    """Say that there is nothing such as was asked for."""
    told = "nothing such in the journal"
    if sought.id:
        told = f"no webhook with id {printable(sought.id)} in the journal"
    print(told, file=sys.stderr)


async def _found(
    settings: Settings, sought: Sought, *, bodies: bool = False
) -> AsyncGenerator[Kept, None]:
    bar = Bar(LOOKED)
    async with connected(settings.amqp_url, "journal") as connection:
        found = search(connection, settings.app, sought, bar.draw, bodies=bodies)
        async with aclosing(found) as all_kept:
            async for kept in all_kept:
                bar.clear()
                yield kept
        bar.clear()
