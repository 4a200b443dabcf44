"""The journal: what has come in lately, whatever became of it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import NamedTuple

from runtime.amqp.link import Connection
from schemas.copies import journal_stream
from schemas.properties import ReceivedProperties
from workers.broker.journal import Begin, NoJournal, copies
from workers.broker.journal_window import Copy, Passed, Wanted
from workers.letter import JOURNAL, Letter, Source
from workers.settings import SettingsError
from workers.sought import Sought


class Kept(NamedTuple):
    """A webhook in the journal: what its headers say, and all of it."""

    letter: Letter
    copy: Copy


Takes = Callable[[str, ReceivedProperties], bool]


def pass_over(_: int, __: int) -> None:
    """Show nobody how far a search is."""


async def search(
    connection: Connection,
    app: str,
    sought: Sought,
    passed: Passed = pass_over,
    *,
    takes: Takes | None = None,
    bodies: bool = False,
) -> AsyncGenerator[Kept, None]:
    """Yield what is meant, the oldest first; `passed` is told how many were looked at, of how many.

    `takes` narrows it down further. Raises SettingsError where there is no journal.
    """

    def is_meant(key: str, properties: ReceivedProperties) -> bool:
        return sought.takes(properties) and (takes is None or takes(key, properties))

    after = -1 if sought.after is None else sought.after
    begin = Begin(after + 1, sought.since_ms or 0)
    wanted = Wanted(sought.needles, is_meant, sought.until_ms or 0, bodies)
    source = Source(journal_stream(app))
    left = sought.limit
    try:
        async with aclosing(copies(connection, app, begin, wanted, passed)) as windows:
            async for window in windows:
                for copy in window[:left]:
                    yield Kept(_letter(source, copy), copy)

                if left is not None:
                    left -= len(window)
                    if left <= 0:
                        return
    except NoJournal as error:
        raise SettingsError(
            f"the broker has no journal of app {app}: HOOKLINE_JOURNAL=7d has the ingress keep one "
            "of what comes in from then on"
        ) from error


def _letter(source: Source, copy: Copy) -> Letter:
    letter = Letter.of(source, copy.properties, copy.routing_key)
    return replace(letter, reason=JOURNAL, group="", error="", place=copy.offset, size=copy.size)
