"""`hookline-workers waiting`: what waits for its next attempt: list it, hasten it, cancel it."""

import argparse
import sys
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from time import time

from runtime.amqp.link import Connection, connected
from runtime.exit_codes import DONE
from workers.broker.letters import find, held_elsewhere
from workers.commands.acting import Progress, ended_by_signals
from workers.commands.asking import check_asked, settled_by_asking
from workers.commands.dead_letters import tell_held
from workers.commands.letter_lines import WAITING_COLUMNS, print_row
from workers.dead_letters import Filter
from workers.letter import Letter, Source
from workers.letter_options import filter_of
from workers.letter_rows import waiting_row
from workers.operate.moving import Moved, who
from workers.operate.noting import note
from workers.operate.waiting import Order, cancel, hasten, rungs
from workers.settings import Settings


@dataclass(frozen=True, slots=True)
class _Act:
    """What is done to what waits: its verb, what is said of it once done, and who does it."""

    verb: str
    done: str
    act: Callable[..., Awaitable[Moved]]


_NOW = _Act("hasten", "hastened", hasten)
_CANCEL = _Act("cancel", "cancelled", cancel)


async def list_waiting(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print a line for each webhook that waits and is meant; return the exit code."""
    wanted = filter_of(arguments)
    async with connected(settings.amqp_url, "waiting") as connection:
        places = await rungs(connection, settings.app, wanted)
        held = await held_elsewhere(connection, places)
        tell_held(held)

        count = 0
        async with aclosing(find(connection, places, wanted)) as letters:
            async for letter, _ in letters:
                _print(letter, as_json=arguments.json, is_first=count == 0)
                count += 1

    if not count:
        print("nothing waits", file=sys.stderr)
    return DONE


def _print(letter: Letter, *, as_json: bool, is_first: bool) -> None:
    now_ms = int(time() * 1000)
    described = waiting_row(letter, now_ms)
    print_row(described, as_json=as_json, is_first=is_first, columns=WAITING_COLUMNS)


async def hasten_waiting(arguments: argparse.Namespace, settings: Settings) -> int:
    """Have what is meant tried at once; return the exit code."""
    return await _do(_NOW, arguments, settings)


async def cancel_waiting(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make dead letters of what is meant; return the exit code."""
    return await _do(_CANCEL, arguments, settings)


async def _do(what: _Act, arguments: argparse.Namespace, settings: Settings) -> int:
    wanted = filter_of(arguments)
    check_asked(wanted, for_all=arguments.all, verb=what.verb)
    async with connected(settings.amqp_url, "waiting") as connection:
        places = await rungs(connection, settings.app, wanted)
        settled = await settled_by_asking(connection, arguments, places, wanted, what.verb)
        if settled is not None:
            return settled
        return await _move(what, connection, arguments, settings, places, wanted)


async def _move(
    what: _Act,
    connection: Connection,
    arguments: argparse.Namespace,
    settings: Settings,
    places: tuple[Source, ...],
    wanted: Filter,
) -> int:
    app = settings.app
    order = Order(who(), arguments.rate, settings.confirm_timeout)
    progress = Progress(what.done, as_json=arguments.json)
    with ended_by_signals() as stop:
        moved = await what.act(connection, app, places, wanted, order, stop, progress.tell)

    code = progress.end(moved, is_stopped=stop.is_set())
    if moved.count:
        unwritten = await note(
            connection,
            app,
            what.done,
            by=order.by,
            count=moved.count,
            confirm_timeout=order.timeout,
            wanted=wanted,
        )
        if unwritten:
            print(unwritten, file=sys.stderr)
    return code
