"""`hookline-workers waiting`: what waits for another attempt, shown, tried at once, given up on."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from runtime.amqp.link import Connection, connected
from runtime.exit_codes import DONE
from schemas.control import What
from workers.broker.letters import held_elsewhere
from workers.commands.acting import Progress, ended_by_signals, write_down
from workers.commands.asking import after_asking
from workers.commands.dead_letters import tell_held
from workers.commands.letter_lines import print_waiting
from workers.dead_letters import Filter
from workers.letter import Source
from workers.letter_options import filter_of
from workers.operate.held import held, left_alone
from workers.operate.moving import Moved, Tell
from workers.operate.waiting import Order, cancel, hurry, movable, rungs, waiting
from workers.settings import Settings

Act = Callable[
    [Connection, str, tuple[Source, ...], Filter, Order, asyncio.Event, Tell], Awaitable[Moved]
]


@dataclass(frozen=True, slots=True)
class _Deed:
    """What is done to what waits: its verb, what the control log calls it, who does it."""

    verb: str
    what: What
    act: Act


_HURRY = _Deed("hurry", What.HURRIED, hurry)
_CANCEL = _Deed("cancel", What.CANCELLED, cancel)


async def list_waiting(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print a line for each webhook that waits and is meant; return the exit code."""
    wanted = filter_of(arguments)
    found = 0
    async with connected(settings.amqp_url, arguments.command) as connection:
        places = await rungs(connection, settings.app, wanted)
        tell_held(await held_elsewhere(connection, places))
        async with aclosing(waiting(connection, places, wanted)) as letters:
            async for letter in letters:
                print_waiting(letter, as_json=arguments.json, is_first=found == 0)
                found += 1

        held_back = await held(connection, settings.app, wanted)
    for letter in held_back.letters[: _left(wanted, found)]:
        print_waiting(letter, as_json=arguments.json, is_first=found == 0)
        found += 1
    for sentence in held_back.untold:
        print(sentence, file=sys.stderr)
    if not found and not held_back.untold:
        print("nothing waits", file=sys.stderr)
    return DONE


async def hurry_waiting(arguments: argparse.Namespace, settings: Settings) -> int:
    """Have what is meant tried at once, and print each; return the exit code."""
    return await _do(_HURRY, arguments, settings)


async def cancel_waiting(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make dead letters of what is meant, and print each; return the exit code."""
    return await _do(_CANCEL, arguments, settings)


async def _do(deed: _Deed, arguments: argparse.Namespace, settings: Settings) -> int:
    async def act(
        connection: Connection,
        arguments: argparse.Namespace,
        settings: Settings,
        places: tuple[Source, ...],
        wanted: Filter,
    ) -> int:
        order = Order(arguments.rate, settings.confirm_timeout)
        progress = Progress(deed.what.value, as_json=arguments.json, show=print_waiting)
        with ended_by_signals() as stop:
            moved = await deed.act(
                connection, settings.app, places, wanted, order, stop, progress.tell
            )

        code = progress.end(moved, is_stopped=stop.is_set())
        name = arguments.name or ""
        await write_down(connection, settings, deed.what, moved, wanted, name=name)
        left = left_alone(await held(connection, settings.app, wanted))
        if left:
            print(left, file=sys.stderr)
        return code

    return await after_asking(deed.verb, arguments, settings, movable, act)


def _left(wanted: Filter, found: int) -> int | None:
    """Return how many more are meant; None for all."""
    return None if wanted.limit is None else wanted.limit - found
