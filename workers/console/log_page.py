"""The page of the log: who ordered and did what, when."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

from runtime.amqp.link import LOST, UnreachableError, connected, lost_link_as_error
from schemas.record_fields import text
from workers.console.for_all import ForAll
from workers.console.shown_size import fitted
from workers.console.site import Asking, Site
from workers.operate.entries import Entry
from workers.operate.history import history
from workers.operate.telling import told_deed

MOST = 200
"""Entries on the page, the latest: so many of the longest are no more than a page may have."""
MOST_WORDS = 40
"""Words that are suggested, those of most entries."""
LONGEST_WORD = 60
"""Bytes of a word that is suggested."""


class KnownLog:
    """The latest entries, read again when the log has grown: once for all who ask meanwhile."""

    def __init__(self) -> None:
        self._entries: tuple[Entry, ...] = ()
        self._read_to = -1
        self._reading: ForAll[None, None] = ForAll()

    async def latest(self, site: Site) -> tuple[Entry, ...]:
        """Return the latest entries, the latest first; raises UnreachableError and LOST."""
        seen = site.watch.seen
        end = 0 if seen is None else seen.state.next_offset
        if end != self._read_to:
            await self._reading.result(None, partial(self._take_in, site, end))
        return self._entries

    async def _take_in(self, site: Site, end: int) -> None:
        with lost_link_as_error():
            self._entries = await _read(site)
        self._read_to = end


async def log_page(site: Site, asking: Asking) -> Mapping[str, Any]:
    """Return what the page shows."""
    problem = ""
    entries: tuple[Entry, ...] = ()
    try:
        entries = await site.log.latest(site)
    except (UnreachableError, *LOST) as error:
        problem = str(error)

    wanted = asking.query.get("q", "").strip()
    rows = [(entry, told_deed(entry)) for entry in entries]
    if wanted:
        word = wanted.casefold()
        rows = [row for row in rows if _has(word, *row)]
    return {
        "rows": rows,
        "wanted": wanted,
        "log_problem": problem,
        "is_cut": len(entries) == MOST,
        "words": words(entries),
    }


def words(entries: Sequence[Entry]) -> list[str]:
    """Return by what entries can be filtered: who, what, and the names of what was done."""
    counted = Counter[str]()
    for entry in entries:
        name = text(entry.record.get("name"))
        counted.update({entry.by, entry.what, name} - {""})
    common = counted.most_common(MOST_WORDS)
    return [word for word, _ in common if fitted(word, LONGEST_WORD) == word]


def _has(word: str, entry: Entry, deed: str) -> bool:
    line = f"{entry.by} {deed}"
    return word in line.casefold()


async def _read(site: Site) -> tuple[Entry, ...]:
    settings = site.settings
    latest = deque[Entry](maxlen=MOST)
    async with (
        connected(settings.amqp_url, "console reads the log") as connection,
        aclosing(history(connection, settings.app)) as entries,
    ):
        async for entry in entries:
            latest.appendleft(entry)
    return tuple(latest)
