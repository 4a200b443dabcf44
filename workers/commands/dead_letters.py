"""`hookline-workers dead-letters`: list them by group or a line each, and show one whole."""

import argparse
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing

from runtime.amqp.link import connected
from runtime.exit_codes import DONE, FAILED
from schemas.printable import printable
from workers.broker.browse import HeldMessage
from workers.broker.letters import find, held_elsewhere
from workers.commands.letter_lines import (
    GROUP_COLUMNS,
    SEQUENCE_COLUMNS,
    print_found,
    print_page,
    print_table,
)
from workers.commands.letter_trial import write_test
from workers.dead_letters import Filter
from workers.groups import group_row
from workers.letter import Letter
from workers.letter_options import filter_of
from workers.letter_rows import page
from workers.operate.letters import Grouped, grouped, sources
from workers.operate.sequences import Halted, halted, sequences
from workers.settings import Settings, SettingsError

Found = AsyncGenerator[tuple[Letter, HeldMessage], None]
"""Letters that are meant, with what travels in their message."""


async def list_groups(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print a line for each group of the letters that are meant; return the exit code."""
    wanted = filter_of(arguments)
    async with connected(settings.amqp_url, "dead-letters") as connection:
        places = await sources(connection, settings.app, wanted, unrouted=arguments.unrouted)
        found = await grouped(connection, places, wanted)

    print_groups(found, as_json=arguments.json)
    tell_held(found.held)
    if not found.count:
        tell_none(wanted, unrouted=arguments.unrouted)
    return DONE


async def list_letters(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print a line for each letter that is meant; return the exit code."""
    wanted = filter_of(arguments)
    found = 0
    async with aclosing(_found(arguments, settings, wanted)) as letters:
        async for letter, _ in letters:
            print_found(letter, as_json=arguments.json, is_first=found == 0)
            found += 1
    if not found:
        tell_none(wanted, unrouted=arguments.unrouted)
    return DONE


async def list_sequences(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print a line for each shop of ordered consumers that has dead letters; return the exit code.

    Those that wait for what becomes of one come first.
    """
    if arguments.unrouted:
        raise SettingsError("what lies unrouted is of no sequence: leave --unrouted out")

    wanted = filter_of(arguments)
    async with connected(settings.amqp_url, "dead-letters") as connection:
        found = await sequences(connection, settings.app, wanted)
        now = await halted(connection, settings.app, wanted)

    rows = [one.row for one in found]
    print_table(rows, SEQUENCE_COLUMNS, as_json=arguments.json)
    for sentence in now.untold:
        print(sentence, file=sys.stderr)
    if not rows:
        tell_none(wanted, unrouted=False)
    return DONE


async def show_letters(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the letters of one webhook wholly; return the exit code."""
    if arguments.shown is not None:
        arguments.id = arguments.shown
    wanted = filter_of(arguments)
    if not wanted.id:
        raise SettingsError("say which: ID (dead-letters list shows them)")
    if arguments.as_test and arguments.unrouted:
        raise SettingsError("what lies unrouted has no consumer to test: leave --unrouted out")

    async with aclosing(_found(arguments, settings, wanted, with_bodies=True)) as letters:
        if arguments.as_test:
            found = await print_test(letters)
        else:
            found = await _print_pages(letters, as_json=arguments.json)
    if not found:
        tell_none(wanted, unrouted=arguments.unrouted)
        return FAILED
    return DONE


async def _print_pages(letters: Found, *, as_json: bool) -> int:
    found = 0
    async for letter, message in letters:
        described = page(letter, message.properties, message.body)
        print_page(described, as_json=as_json)
        found += 1
    return found


async def print_test(letters: Found) -> int:
    """Print a test of the first letter, and say of whom there are others; return how many in all.

    Raises as `write_test` does.
    """
    others = Counter[str]()
    found = 0
    async for letter, message in letters:
        if found:
            others[letter.consumer] += 1
        else:
            write_test(letter, message.properties, message.body)
        found += 1

    for consumer, count in sorted(others.items()):
        told = f"left out: {count} more of this id, of {consumer} (--consumer {consumer})"
        print(told, file=sys.stderr)
    return found


async def _found(
    arguments: argparse.Namespace, settings: Settings, wanted: Filter, *, with_bodies: bool = False
) -> Found:
    async with connected(settings.amqp_url, "dead-letters") as connection:
        places = await sources(connection, settings.app, wanted, unrouted=arguments.unrouted)
        tell_held(await held_elsewhere(connection, places))
        now = Halted()
        if not arguments.unrouted:
            now = await halted(connection, settings.app, wanted)
        found = find(connection, places, wanted, with_bodies=with_bodies)
        async with aclosing(found) as letters:
            async for letter, message in letters:
                yield now.told(letter), message


def print_groups(found: Grouped, *, as_json: bool) -> None:
    """Print a line for each group."""
    rows = [group_row(group) for group in found.groups]
    print_table(rows, GROUP_COLUMNS, as_json=as_json)
    if found.more:
        print(f"and {found.more} of further groups", file=sys.stderr)


def tell_held(held: int) -> None:
    """Say that others look at letters now, which therefore cannot be seen."""
    if held:
        print(f"up to {held} more are held by another look, just now", file=sys.stderr)


def tell_none(wanted: Filter, *, unrouted: bool) -> None:
    """Say that there is no letter such as was asked for."""
    what = "unrouted webhook" if unrouted else "dead letter"
    told = f"no {what}"
    if wanted.id:
        webhook_id = printable(wanted.id)
        told = f"no {what} with id {webhook_id}"
    print(told, file=sys.stderr)
