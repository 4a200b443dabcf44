"""The journal: what has come in lately, whatever became of it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import NamedTuple

from runtime.amqp.link import Connection
from schemas.copies import journal_stream
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


def pass_over(_: int, __: int, ___: int) -> None:
    """Show nobody how far a search is."""


async def search(
    connection: Connection,
    app: str,
    sought: Sought,
    passed: Passed = pass_over,
    *,
    takes: Takes | None = None,
    bodies: bool = False,
    stop: asyncio.Event | None = None,
) -> AsyncGenerator[Kept, None]:
    """Yield what is meant, the oldest first; `passed` is told how many were looked at, of how many.

    `takes` narrows it down further. Once `stop` is set, it ends with what it has found by then.
    Raises SettingsError where there is no journal.
    """
    wanted = _wanted(sought, takes, bodies=bodies)
    stopped = stop or asyncio.Event()
    found = _told(app, copies(connection, app, _beginning(sought), wanted, passed, stopped))
    count = 0
    async with aclosing(found) as windows:
        async for window in windows:
            for copy in window:
                letter = _letter(app, copy)
                yield Kept(letter, copy)
                count += 1
                if _is_last(sought, letter, count):
                    return


def _wanted(sought: Sought, takes: Takes | None, *, bodies: bool) -> Wanted:
    def is_meant(key: str, properties: ReceivedProperties) -> bool:
        return sought.takes(properties) and (takes is None or takes(key, properties))

    return Wanted(
        needles=sought.needles,
        takes=is_meant,
        until_ms=sought.until_ms or 0,
        bodies=bodies,
        most=1 if sought.id_ms else sought.limit or 0,
    )


def _is_last(sought: Sought, letter: Letter, count: int) -> bool:
    """Tell whether nothing is meant behind what was found as so many.

    An id that we have made is no other webhook's; one that is the platform's own may come again.
    """
    is_our_id = 0 < sought.id_ms == letter.at_ms
    return is_our_id or count == sought.limit


def _beginning(sought: Sought) -> Begin:
    offset = 0
    if sought.after is not None:
        offset = sought.after + 1

    # An id of ours tells when it was made, and nothing with it was received before.
    since_ms = sought.since_ms or 0
    return Begin(offset, max(since_ms, sought.id_ms))


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
