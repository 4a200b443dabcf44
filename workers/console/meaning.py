"""Which letters a wish means now: where they may lie, how many there are, of which group."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace

from runtime.amqp.link import Connection, connected
from workers.console.settings import ConsoleSettings
from workers.console.wishes import Wish
from workers.dead_letters import Filter
from workers.letter import Letter, Source
from workers.operate.letters import Grouped, grouped, sources
from workers.operate.replayable import Replayable, replayable
from workers.operate.waiting import rungs

NOTHING = Grouped((), 0, 0, 0)


@dataclass(frozen=True, slots=True)
class DryRun:
    """Which letters are meant now, by group; `by_force`: how many of them are replayed by force
    alone. `notices` are what else to know.
    """

    found: Grouped = NOTHING
    by_force: int = 0
    notices: tuple[str, ...] = ()


async def dry_run(settings: ConsoleSettings, looking: asyncio.Lock, wish: Wish) -> DryRun:
    """Find out which letters are meant now; raises SettingsError, UnreachableError and LOST."""
    meant = wanted(wish)
    app = settings.app
    urls = settings.amqp_url
    async with looking, connected(urls, "console asks") as connection:
        places = await places_of(connection, app, wish, meant)
        if wish.verb.name != "replay":
            found = await grouped(connection, places, meant)
            return DryRun(found)

        able = await replayable(connection, app, force=False)
        asked = _Asked(able)
        found = await grouped(connection, places, meant, asked.takes)
        by_force = asked.by_force.total()
        return DryRun(found, by_force, asked.notices())


class _Asked:
    """Tells letters that can be replayed, also those by force alone; counts these by consumer."""

    def __init__(self, replayable: Replayable) -> None:
        self.by_force = Counter[str]()
        self._replayable = replayable

    def takes(self, letter: Letter) -> bool:
        """Tell whether a letter can be replayed."""
        if self._replayable.needs_force(letter):
            self.by_force[letter.consumer] += 1
            return True
        return self._replayable.takes(letter)

    def notices(self) -> tuple[str, ...]:
        """Return what a dialog says besides."""
        told: list[str] = []
        for consumer, count in sorted(self.by_force.items()):
            whose = f'{consumer}, which declares replay="never"'
            told.append(f"{count} of {whose}, need the tick for that")

        told += self._replayable.notices()
        return tuple(told)


def wanted(wish: Wish) -> Filter:
    """Return which letters are meant, and how many at most."""
    return replace(wish.box.filter, limit=wish.limit)


async def places_of(
    connection: Connection, app: str, wish: Wish, meant: Filter
) -> tuple[Source, ...]:
    """Return where they may lie; raises SettingsError."""
    if wish.of == "waiting":
        return await rungs(connection, app, meant)
    is_unrouted = wish.of == "unrouted"
    return await sources(connection, app, meant, unrouted=is_unrouted)
