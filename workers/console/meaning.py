"""Which letters a wish means now: where they may lie, how many there are, of which group."""

import asyncio
from dataclasses import replace

from runtime.amqp.link import Connection, connected
from workers.broker.letters import any_letter
from workers.console.settings import ConsoleSettings
from workers.console.wishes import Wish
from workers.dead_letters import Filter
from workers.letter import Source
from workers.operate.letters import Grouped, grouped, sources
from workers.operate.replayable import Replayable, replayable
from workers.operate.waiting import rungs


async def dry_run(
    settings: ConsoleSettings, looking: asyncio.Lock, wish: Wish
) -> tuple[Grouped, tuple[str, ...]]:
    """Return which letters are meant now, by group, and what else to know.

    Raises SettingsError, UnreachableError and LOST.
    """
    meant = wanted(wish)
    async with looking, connected(settings.amqp_url, "console asks") as connection:
        places = await places_of(connection, settings.app, wish, meant)
        able = await _able(connection, settings.app, wish)
        is_able = any_letter if able is None else able.takes
        found = await grouped(connection, places, meant, is_able)
    notices = () if able is None else tuple(able.notices())
    return found, notices


def wanted(wish: Wish) -> Filter:
    """Return which letters are meant, and how many at most."""
    return replace(wish.box.filter, limit=wish.limit)


async def places_of(
    connection: Connection, app: str, wish: Wish, meant: Filter
) -> tuple[Source, ...]:
    """Return where they may lie; raises SettingsError."""
    if wish.of == "waiting":
        return await rungs(connection, app, meant)
    return await sources(connection, app, meant, unrouted=wish.of == "unrouted")


async def _able(connection: Connection, app: str, wish: Wish) -> Replayable | None:
    if wish.verb.name != "replay":
        return None
    return await replayable(connection, app, force=wish.force)
