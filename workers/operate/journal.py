"""The journal: what has come in lately, whatever became of it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import NamedTuple

from runtime.amqp.link import Connection
from schemas.copies import journal_stream
from schemas.identity import received_in
from schemas.properties import ReceivedProperties
from workers.broker.journal import Begin, NoJournal, copies
from workers.broker.journal_copy import Copy, Passed, Wanted
from workers.letter import JOURNAL, Letter, Source
from workers.settings import SettingsError
from workers.sought import Sought


class Kept(NamedTuple):
    """A webhook in the journal: what its headers say, and all of it."""

    letter: Letter
    copy: Copy


Takes = Callable[[str, ReceivedProperties], bool]
"""Tells by routing key and properties whether a copy is meant. Never raises."""
Windows = AsyncGenerator[list[Copy], None]


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

    begin = _beginning(sought)
    wanted = Wanted(
        needles=sought.needles,
        takes=is_meant,
        until_ms=sought.until_ms or 0,
        bodies=bodies,
    )
    found = _told(app, copies(connection, app, begin, wanted, passed))
    count = 0
    async with aclosing(found) as windows:
        async for window in windows:
            for copy in window:
                letter = _letter(app, copy)
                yield Kept(letter, copy)
                count += 1
                if count == sought.limit:
                    return


def _beginning(sought: Sought) -> Begin:
    offset = 0
    if sought.after is not None:
        offset = sought.after + 1

    # An id of ours tells when it was made, and nothing with it was received before.
    id_ms = received_in(sought.id or "")
    since_ms = sought.since_ms or 0
    return Begin(offset, max(since_ms, id_ms))


async def _told(app: str, windows: Windows) -> Windows:
    """Yield the windows; raise what people are told where there is no journal."""
    try:
        async with aclosing(windows) as found:
            async for window in found:
                yield window
    except NoJournal as error:
        raise SettingsError(
            f"the broker has no journal of app {app}: HOOKLINE_JOURNAL=7d has the ingress keep one "
            "of what comes in from then on"
        ) from error


def _letter(app: str, copy: Copy) -> Letter:
    stream = journal_stream(app)
    letter = Letter.of(Source(stream), copy.properties, copy.routing_key)
    return replace(
        letter,
        reason=JOURNAL,
        group="",
        error="",
        place=copy.offset,
        size=copy.size,
    )
