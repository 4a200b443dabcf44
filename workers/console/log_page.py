"""The page of the log: who ordered and did what, when."""

from collections import deque
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from runtime.amqp.link import LOST, UnreachableError, connected, lost_link_as_error
from workers.console.site import Asking, Site
from workers.operate.entries import Entry
from workers.operate.history import history
from workers.operate.telling import told_deed

MOST = 500
"""Entries on the page, the latest."""


class KnownLog:
    """The latest entries, read again when the log has grown."""

    def __init__(self) -> None:
        self._entries: tuple[Entry, ...] = ()
        self._read_to = -1

    async def latest(self, site: Site) -> tuple[Entry, ...]:
        """Return the latest entries, the latest first; raises UnreachableError and LOST."""
        seen = site.watch.seen
        end = 0 if seen is None else seen.state.next_offset
        if end != self._read_to:
            self._entries = await _read(site)
            self._read_to = end
        return self._entries


async def log_page(site: Site, asking: Asking) -> Mapping[str, Any]:
    """Return what the page shows."""
    problem = ""
    entries: tuple[Entry, ...] = ()
    try:
        with lost_link_as_error():
            entries = await site.log.latest(site)
    except (UnreachableError, *LOST) as error:
        problem = str(error)

    wanted = asking.query.get("q", "").strip()
    rows = [(entry, told_deed(entry)) for entry in entries]
    if wanted:
        word = wanted.casefold()
        rows = [row for row in rows if _has(word, *row)]
    return {"rows": rows, "wanted": wanted, "log_problem": problem, "most": MOST}


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
