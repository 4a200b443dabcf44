"""`hookline-workers dead-letters replay`: put letters back where they are worked on."""

import argparse
from functools import partial
from time import time

from runtime.amqp.link import Connection
from schemas.control import What
from workers.commands.acting import Progress, ended_by_signals, write_down
from workers.commands.asking import after_asking
from workers.dead_letters import Filter
from workers.letter import Source
from workers.operate.letters import sources
from workers.operate.replay import Replay, default_name, replay
from workers.operate.replayable import Replayable, replayable
from workers.settings import Settings


async def replay_letters(arguments: argparse.Namespace, settings: Settings) -> int:
    """Replay the letters that are meant, and print each; return the exit code."""
    find_places = partial(sources, unrouted=arguments.unrouted)
    return await after_asking("replay", arguments, settings, find_places, _replay, _able)


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
    order = Replay(name, arguments.rate, arguments.ramp, timeout, again=arguments.again)
    progress = Progress("replayed", as_json=arguments.json)
    with ended_by_signals() as stop:
        moved = await replay(
            connection, settings.app, places, wanted, able, order, stop, progress.tell
        )

    code = progress.end(moved, is_stopped=stop.is_set())
    await write_down(connection, settings, What.REPLAYED, moved, wanted, name=name)
    return code
