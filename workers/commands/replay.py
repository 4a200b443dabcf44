"""`hookline-workers dead-letters replay`: put letters back where they are worked on."""

import argparse
from functools import partial
from time import time

from runtime.amqp.link import Connection
from schemas.control import What
from workers.commands.acting import Progress, ended_by_signals, write_down
from workers.commands.asking import Places, after_asking
from workers.dead_letters import Filter
from workers.letter import Source
from workers.operate.letters import sources
from workers.operate.replay import Replay, default_name, replay
from workers.operate.replayable import Replayable, replayable
from workers.operate.sequences import ordered_sources
from workers.settings import Settings, SettingsError


async def replay_letters(arguments: argparse.Namespace, settings: Settings) -> int:
    """Replay the letters that are meant, and print each; return the exit code."""
    find_places: Places = partial(sources, unrouted=arguments.unrouted)
    if arguments.sequence is not None:
        _check_sequence(arguments)
        arguments.shop = arguments.sequence
        find_places = ordered_sources
    return await after_asking("replay", arguments, settings, find_places, _replay, _able)


def _check_sequence(arguments: argparse.Namespace) -> None:
    if arguments.unrouted:
        raise SettingsError("what lies unrouted is of no sequence: leave --sequence out")
    if arguments.shop not in (None, arguments.sequence):
        raise SettingsError("--sequence names the shop: leave --shop out")


async def _able(
    connection: Connection, arguments: argparse.Namespace, settings: Settings
) -> Replayable:
    return await replayable(connection, settings.app, force=arguments.force)


async def _replay(
    connection: Connection,
    arguments: argparse.Namespace,
    settings: Settings,
    places: tuple[Source, ...],
    wanted: Filter,
) -> int:
    able = await _able(connection, arguments, settings)
    now_ms = int(time() * 1000)
    name = arguments.name or default_name(now_ms)
    timeout = settings.confirm_timeout
    order = Replay(
        name,
        arguments.rate,
        arguments.ramp,
        timeout,
        again=arguments.again,
        in_order=arguments.sequence is not None,
    )
    progress = Progress("replayed", as_json=arguments.json)
    with ended_by_signals() as stop:
        moved = await replay(
            connection, settings.app, places, wanted, able, order, stop, progress.tell
        )

    code = progress.end(moved, is_stopped=stop.is_set())
    await write_down(connection, settings, What.REPLAYED, moved, wanted, name=name)
    return code
