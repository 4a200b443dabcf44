"""The page of the journal: what has come in lately, whatever became of it."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from time import time
from typing import Any

from runtime.amqp.link import LOST, UnreachableError, connected, lost_link_as_error
from runtime.waiting import set_after
from workers.console.journal_box import read_journal_box
from workers.console.journal_searches import NoTurn
from workers.console.site import Asking, Site
from workers.letter import Letter
from workers.operate.journal import search
from workers.settings import SettingsError
from workers.sought import Sought

A_PAGE = 50
"""Webhooks on a page."""
WITHIN = 20.0
"""Seconds that a search may take before it tells how far it came."""
LATE = 5.0
"""Seconds in which it does, else the broker is silent."""
STEP_MS = 10_000
"""In such steps the box counts time, so that who asks again in a moment asks for the same."""
SUGGESTED = "since:1h"
"""What the box asks for before anything was asked: a page is no reason to search all of it."""


@dataclass(slots=True)
class Found:
    """What a search has found; `looked` at so many, of `total`, the last one at this place.

    `is_cut`: there was no time to look at all.
    """

    letters: list[Letter] = field(default_factory=list)
    looked: int = 0
    total: int = 0
    place: int = -1
    problem: str = ""
    is_cut: bool = False

    def passed(self, looked: int, total: int, place: int) -> None:
        """Note how far it is."""
        self.looked = looked
        self.total = total
        self.place = place

    @property
    def further(self) -> int | None:
        """The place behind which there may be more; None where there is none."""
        if len(self.letters) == A_PAGE:
            return self.letters[-1].place
        if self.is_cut and self.place >= 0:
            return self.place
        return None


async def journal(site: Site, asking: Asking) -> Mapping[str, Any]:
    """Return what the page shows."""
    text = asking.query.get("q", "")
    now_ms = int(time() * 1000)
    asked_ms = now_ms - now_ms % STEP_MS
    box = read_journal_box(text, asked_ms, _place(asking.query.get("after", "")))
    found = Found()
    if box.text and not box.problem:
        found = await site.searches.found(box.sought, partial(_searched, site, box.sought))
    return {
        "kind": "journal",
        "box": box,
        "found": found,
        "suggested": SUGGESTED,
        "consumers": consumers(site),
    }


def consumers(site: Site) -> list[str]:
    """Return whom a webhook can be replayed to."""
    seen = site.watch.seen
    if seen is None:
        return []
    return sorted({row.consumer for row in seen.table.queues})


async def _searched(site: Site, sought: Sought) -> Found:
    found = Found()
    try:
        async with site.searches.turn():
            with lost_link_as_error():
                await _search(site, replace(sought, limit=A_PAGE), found)
    except TimeoutError:
        found.problem = f"The broker has given nothing for {WITHIN + LATE:.0f} s."
    except (NoTurn, SettingsError, UnreachableError, *LOST) as error:
        found.problem = str(error) or type(error).__name__
    return found


async def _search(site: Site, wanted: Sought, found: Found) -> None:
    """Note what is found within the time that a page has."""
    app = site.settings.app
    urls = site.settings.amqp_url
    stop = set_after(WITHIN)
    async with (
        asyncio.timeout(WITHIN + LATE),
        connected(urls, "console reads the journal") as connection,
        aclosing(search(connection, app, wanted, found.passed, stop=stop)) as kept,
    ):
        async for one in kept:
            found.letters.append(one.letter)

    found.is_cut = stop.is_set() and found.looked < found.total


def _place(text: str) -> int | None:
    if not text.isdecimal():
        return None
    return int(text[:18])
