"""The pages: where each is, of which parts it is made that change, and what is told to them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import time
from typing import Any

from workers.console.dead_letters import dead_letters, one_letter, unrouted, waiting
from workers.console.explaining import explaining
from workers.console.journal_page import journal
from workers.console.log_page import log_page
from workers.console.overview import overview
from workers.console.processes import processes
from workers.console.site import Asking, Site, counts
from workers.console.topology_page import topology

Described = Mapping[str, Any]
Describe = Callable[[Site, Asking], Awaitable[Described]]
"""Returns what a page shows now."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page. `parts` are templates within it that are made anew while somebody looks."""

    path: str
    title: str
    template: str
    describe: Describe
    parts: tuple[str, ...] = ()
    is_in_menu: bool = True
    counted: str = ""
    """Which number stands beside it in the menu."""


async def _nothing_more(site: Site, _: Asking) -> Described:
    return {"all_operations": site.operations.all()}


PAGES: Mapping[str, Page] = {
    "overview": Page(
        "/",
        "Overview",
        "overview.html",
        overview,
        ("problems", "queues", "waiting_rungs", "doors"),
    ),
    "dead": Page(
        "/dead-letters",
        "Dead letters",
        "letters.html",
        dead_letters,
        ("scan", "tools", "groups", "letters"),
        counted="dead",
    ),
    "waiting": Page(
        "/waiting",
        "Waiting",
        "letters.html",
        waiting,
        ("scan", "tools", "waiting_rungs", "letters", "held"),
        counted="waiting",
    ),
    "unrouted": Page(
        "/unrouted",
        "Unrouted",
        "letters.html",
        unrouted,
        ("scan", "tools", "groups", "letters"),
        counted="unrouted",
    ),
    "journal": Page("/journal", "Journal", "journal.html", journal),
    "processes": Page("/processes", "Processes", "processes.html", processes, ("processes",)),
    "topology": Page("/topology", "Topology", "topology.html", topology, ("picture",)),
    "log": Page("/log", "Log", "log.html", log_page, ("log",)),
    "explain": Page("/explain", "Explain", "explain.html", explaining),
    "operations": Page(
        "/operations",
        "Operations",
        "operations.html",
        _nothing_more,
        ("operations",),
        is_in_menu=False,
    ),
    "act": Page("", "Act", "act.html", _nothing_more, is_in_menu=False),
    "refill": Page("", "Replay", "refill.html", _nothing_more, is_in_menu=False),
    "order": Page("", "Order", "order.html", _nothing_more, is_in_menu=False),
    "letter": Page("/letter", "Letter", "letter.html", one_letter, is_in_menu=False),
}
ALWAYS = ("state", "work")
"""Parts of every page."""


async def followed(site: Site, asking: Asking, name: str) -> dict[str, Any]:
    """Return what the parts of a page are told that change: where it has none of its own, nobody
    looks for what it shows.
    """
    framed = await frame(site, asking, name)
    page = PAGES[name]
    if not page.parts:
        return framed
    described = await page.describe(site, asking)
    return {**framed, **described}


async def frame(site: Site, asking: Asking, name: str) -> dict[str, Any]:
    """Return what every page is told."""
    site.watch.look()
    seen = await site.watch.first(2.0)
    return {
        "page": PAGES[name],
        "page_name": name,
        "pages": PAGES,
        "asking": asking,
        "seen": seen,
        "trouble": site.watch.trouble,
        "now_ms": int(time() * 1000),
        "token": asking.token,
        "operations": site.operations.lately(),
        "counts": counts(site),
    }
