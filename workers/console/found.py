"""Which of the letters that a look has found a page shows: by its filter box, a page at a time."""

from collections.abc import Mapping, Sequence
from itertools import islice
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


async def found_in(shared: SharedScan, asking: Asking) -> Mapping[str, Any]:
    """Return what of the letters a page shows that asks for some of them."""
    scan = await shared.get(anew="anew" in asking.query)
    boxed = read_box(asking.query.get("q", ""), int(time() * 1000))
    meant = _meant(scan, boxed)
    groups = _groups(scan, boxed, meant)
    start = _number(asking.query.get("from", ""))
    letters = list(islice(meant, start, start + A_PAGE))
    return {
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


def _meant(scan: Scan, boxed: Boxed) -> Sequence[Letter]:
    if boxed.filter.is_empty:
        return scan.letters
    takes = boxed.filter.takes
    return [letter for letter in scan.letters if takes(letter)]


def _groups(scan: Scan, boxed: Boxed, meant: Sequence[Letter]) -> Sequence[Group]:
    if boxed.filter.is_empty:
        return scan.groups

    grouping = Grouping()
    for letter in meant:
        grouping.add(letter)
    return grouping.groups


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0  # noqa: PLR2004 - more letters than any queue has
