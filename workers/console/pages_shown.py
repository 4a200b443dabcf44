"""The pages: where each is, of which parts it is made that change, and what is told to them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import time
from typing import Any

from workers.console.dead_letters import dead_letters, one_letter
from workers.console.overview import overview
from workers.console.site import Asking, Site

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
        "dead_letters.html",
        dead_letters,
        ("scan", "groups", "letters"),
        counted="dead",
    ),
    "letter": Page("/letter", "Letter", "letter.html", one_letter, is_in_menu=False),
}
ALWAYS = ("state",)
"""Parts of every page."""


async def shown(site: Site, asking: Asking, name: str) -> dict[str, Any]:
    """Return all that a page is told."""
    page = PAGES[name]
    site.watch.look()
    seen = await site.watch.first(2.0)
    described = await page.describe(site, asking)
    return {
        "page": page,
        "page_name": name,
        "pages": PAGES,
        "asking": asking,
        "seen": seen,
        "trouble": site.watch.trouble,
        "now_ms": int(time() * 1000),
        "token": site.sessions.token(asking.session),
        "counts": _counts(site),
        **described,
    }


def _counts(site: Site) -> Mapping[str, int | None]:
    seen = site.watch.seen
    if seen is None:
        return {}
    table = seen.table
    return {
        "dead": sum(row.dead or 0 for row in table.queues),
        "waiting": sum(table.waiting.values()),
        "unrouted": table.unrouted.count,
    }
