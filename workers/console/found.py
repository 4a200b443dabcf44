"""Which of the letters that a look has found a page shows: by its filter box, a page at a time."""

from collections.abc import Mapping, Sequence
from itertools import islice
from operator import attrgetter
from time import time
from typing import Any

from workers.console.filter_box import Boxed, read_box
from workers.console.scan import Scan, SharedScan
from workers.console.site import Asking
from workers.groups import Group, Grouping
from workers.letter import Letter

A_PAGE = 50
"""Letters on a page."""
MOST_GROUPS = 100
"""Groups on a page."""
MOST_DIGITS = 8
STEP_MS = 10_000
EXACT = ("consumer", "group", "reason", "shop", "id")
"""What of a filter must be equal."""


async def found_in(shared: SharedScan, asking: Asking, kind: str) -> Mapping[str, Any]:
    """Return what of the letters a page shows that asks for some of them."""
    scan = await shared.get(anew="anew" in asking.query)
    boxed = read_box(asking.query.get("q", ""), _now_ms())
    meant = meant_of(scan, boxed)
    groups = _groups(scan, boxed, meant)
    start = _number(asking.query.get("from", ""))
    letters = list(islice(meant, start, start + A_PAGE))
    return {
        "kind": kind,
        "scan": scan,
        "is_looking": shared.is_looking,
        "so_far": shared.so_far,
        "box": boxed,
        "groups": groups[:MOST_GROUPS],
        "groups_left_out": len(groups[MOST_GROUPS:]),
        "letters": letters,
        "meant": len(meant),
        "start": start,
        "page_size": A_PAGE,
    }


def meant_of(scan: Scan, boxed: Boxed) -> Sequence[Letter]:
    """Return the letters that a box asks for, in their order.

    What must be equal is compared first: that takes a hundredth of the time.
    """
    wanted = boxed.filter
    letters = scan.letters
    if wanted.is_empty:
        return letters

    for name in EXACT:
        value = getattr(wanted, name)
        if value is not None:
            of = attrgetter(name)
            letters = [letter for letter in letters if of(letter) == value]
    takes = wanted.takes
    return [letter for letter in letters if takes(letter)]


def _groups(scan: Scan, boxed: Boxed, meant: Sequence[Letter]) -> Sequence[Group]:
    if boxed.filter.is_empty:
        return scan.groups

    grouping = Grouping()
    for letter in meant:
        grouping.add(letter)
    return grouping.groups


def _now_ms() -> int:
    """Return the time in steps, so that a page that is made anew asks for the same."""
    now_ms = int(time() * 1000)
    return now_ms - now_ms % STEP_MS


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        return 0
    return int(text)
