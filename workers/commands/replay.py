"""`hookline-workers dead-letters replay`: put letters back where they are worked on."""

import argparse
from time import time

from runtime.amqp.link import Connection, connected
from schemas.control import What
from workers.commands.acting import Progress, ended_by_signals, write_down
from workers.commands.asking import check_asked, settled_by_asking
from workers.dead_letters import Filter
from workers.letter import Source
from workers.letter_options import filter_of
from workers.operate.letters import sources
from workers.operate.replay import Replay, default_name, replay
from workers.settings import Settings


async def replay_letters(arguments: argparse.Namespace, settings: Settings) -> int:
    """Replay the letters that are meant, and print each; return the exit code."""
    wanted = filter_of(arguments)
    check_asked(wanted, for_all=arguments.all, verb="replay")
    async with connected(settings.amqp_url, "dead-letters") as connection:
        places = await sources(connection, settings.app, wanted, unrouted=arguments.unrouted)
        settled = await settled_by_asking(connection, arguments, places, wanted, "replay")
        if settled is not None:
            return settled
        return await _replay(connection, arguments, settings, places, wanted)


async def _replay(
    connection: Connection,
    arguments: argparse.Namespace,
    settings: Settings,
    places: tuple[Source, ...],
    wanted: Filter,
) -> int:
    now_ms = int(time() * 1000)
    name = arguments.name or default_name(now_ms)
    timeout = settings.confirm_timeout
    order = Replay(name, arguments.rate, arguments.ramp, timeout)
    progress = Progress("replayed", as_json=arguments.json)
    with ended_by_signals() as stop:
        moved = await replay(connection, settings.app, places, wanted, order, stop, progress.tell)

    code = progress.end(moved, is_stopped=stop.is_set())
    await write_down(connection, settings, What.REPLAYED, moved, wanted, name=name)
    return code
