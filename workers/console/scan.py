"""Looks through queues of letters, shared by all who ask: nothing is looked through twice."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic, time

from runtime.amqp.link import LOST, Connection, UnreachableError, connected, lost_link_as_error
from workers.broker.letters import find, held_elsewhere
from workers.console.news import News
from workers.dead_letters import Filter
from workers.groups import Group, Grouping
from workers.letter import Letter, Source
from workers.settings import SettingsError

MOST_KEPT = 200_000
"""Letters that are remembered of one look, half a gigabyte at worst; all are counted."""
AT_LEAST = 3.0
"""Seconds for which a look is good."""
TIMES_AS_LONG = 20
"""A look that took long is good for as many times as long."""
SAME_FOR = 60.0
"""Seconds for which it is good besides, while as many letters are there as it has found."""
SHORT = 0.3
"""Seconds that a page waits for a look that is on its way."""
TOLD_EVERY = 1_000
"""Letters after which is told how far a look is."""

Places = Callable[[Connection, str, Filter], Awaitable[tuple[Source, ...]]]
"""Returns where letters of an app lie that a filter may mean; raises SettingsError."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a look has found: letters, the latest first, or the next that is due; their groups; and
    `more` letters besides.

    `held` is how many others' looks held at most; `problem` says why there is nothing.
    """

    at_ms: int = 0
    took: float = 0.0
    count: int = 0
    letters: Sequence[Letter] = ()
    groups: Sequence[Group] = ()
    more: int = 0
    held: int = 0
    problem: str = ""


class SharedScan:
    """The latest look through some queues, and the one that is on its way.

    One at a time of all that share `looking`: what a look holds, nobody else sees.
    """

    def __init__(
        self,
        urls: Sequence[str],
        app: str,
        places: Places,
        news: News,
        looking: asyncio.Lock,
    ) -> None:
        self.latest = Scan()
        self.so_far = 0
        self._urls = urls
        self._app = app
        self._places = places
        self._news = news
        self._turn = looking
        self._looking: asyncio.Task[None] | None = None
        self._good_until = -SAME_FOR

    @property
    def is_looking(self) -> bool:
        """Whether a look is on its way."""
        return self._looking is not None

    def spoil(self) -> None:
        """Have the next who asks look anew: letters were moved."""
        self._good_until = -SAME_FOR

    async def get(self, there: int | None = None, *, anew: bool = False) -> Scan:
        """Return what the latest look found; begin another where that is old, or `anew`.

        One that has found as many as are `there` now is good for longer: each look holds letters
        for a moment. Waits a moment for a look that is on its way, and where there was none before
        for as long as a page may take.
        """
        if anew or self._is_old(there):
            self._begin()
        if self._looking is not None:
            patience = SHORT if self.latest.at_ms else 2.0
            await asyncio.wait([self._looking], timeout=patience)
        return self.latest

    def _is_old(self, there: int | None) -> bool:
        now = monotonic()
        if now < self._good_until:
            return False
        if there is None or there != self.latest.count:
            return True
        return now >= self._good_until + SAME_FOR

    def _begin(self) -> None:
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        began = monotonic()
        self.so_far = 0
        try:
            with lost_link_as_error():
                async with self._turn:
                    self.latest = await self._found(began)
        except (SettingsError, UnreachableError, *LOST) as error:
            self.latest = Scan(int(time() * 1000), problem=str(error) or type(error).__name__)
        finally:
            took = monotonic() - began
            self._good_until = monotonic() + max(AT_LEAST, TIMES_AS_LONG * took)
            self._looking = None
            self._news.tell()

    async def _found(self, began: float) -> Scan:
        at_ms = int(time() * 1000)
        async with connected(self._urls, "console looks") as connection:
            places = await self._places(connection, self._app, Filter())
            held = await held_elsewhere(connection, places)
            grouping = Grouping()
            letters: list[Letter] = []
            async with aclosing(_letters(connection, places)) as found:
                async for letter in found:
                    grouping.add(letter)
                    if len(letters) < MOST_KEPT:
                        letters.append(letter)
                    self._count(grouping.count)

        letters.sort(key=_place)
        return Scan(
            at_ms=at_ms,
            took=monotonic() - began,
            count=grouping.count,
            letters=letters,
            groups=grouping.groups,
            more=grouping.count - len(letters),
            held=held,
        )

    def _count(self, count: int) -> None:
        self.so_far = count
        if count % TOLD_EVERY == 0:
            self._news.tell()


def _place(letter: Letter) -> int:
    """Return a letter's place: what is due soonest stands first, or what died last."""
    return letter.due_ms or -letter.at_ms


async def _letters(
    connection: Connection, places: tuple[Source, ...]
) -> AsyncGenerator[Letter, None]:
    async with aclosing(find(connection, places, Filter())) as found:
        async for letter, _ in found:
            yield letter
