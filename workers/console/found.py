"""Which of the letters that a look has found a page shows: by its filter box, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import attrgetter
from time import time
from typing import Any

from workers.console.filter_box import read_box
from workers.console.scan import Scan
from workers.console.site import Asking, Site, counts
from workers.console.suggestions import EXAMPLES
from workers.dead_letters import Filter
from workers.groups import Group, Grouping
from workers.letter import Letter

A_PAGE = 50
"""Letters on a page."""
MOST_GROUPS = 100
"""Groups on a page."""
MOST_DIGITS = 8
MOST_ANSWERS = 16
"""Filters whose letters are remembered, the latest."""
STEP_MS = 10_000
EXACT = ("consumer", "group", "reason", "shop", "id")
"""What of a filter must be equal."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a filter means of a look's letters."""

    letters: Sequence[Letter]
    groups: Sequence[Group]


class Answers:
    """What was asked of the latest look, found once for all who ask for the same."""

    def __init__(self) -> None:
        self._of: Scan | None = None
        self._kept: dict[Filter, Answer] = {}

    def to(self, scan: Scan, wanted: Filter) -> Answer:
        """Return what a filter means."""
        if scan is not self._of:
            self._of = scan
            self._kept.clear()

        known = self._kept.get(wanted)
        if known is None:
            known = _answer(scan, wanted)
            self._kept[wanted] = known
        while len(self._kept) > MOST_ANSWERS:
            oldest = next(iter(self._kept))
            del self._kept[oldest]
        return known


async def found_in(site: Site, asking: Asking, kind: str) -> Mapping[str, Any]:
    """Return what of the letters of a kind a page shows that asks for some of them."""
    shared = site.scans[kind]
    there = counts(site).get(kind)
    scan = await shared.get(there, anew="anew" in asking.query)
    boxed = read_box(asking.query.get("q", ""), _now_ms())
    answer = site.answers[kind].to(scan, boxed.filter)
    start = _number(asking.query.get("from", ""))
    shown = islice(answer.letters, start, start + A_PAGE)
    return {
        "kind": kind,
        "example": EXAMPLES[kind],
        "scan": scan,
        "is_looking": shared.is_looking,
        "so_far": shared.so_far,
        "box": boxed,
        "groups": answer.groups[:MOST_GROUPS],
        "groups_left_out": len(answer.groups[MOST_GROUPS:]),
        "letters": list(shown),
        "meant": len(answer.letters),
        "at_least": _at_least(scan, boxed.filter),
        "start": start,
        "page_size": A_PAGE,
    }


def _at_least(scan: Scan, wanted: Filter) -> str:
    """Return what stands before a number of letters, where some are not remembered: nobody knows
    which of those a filter means.
    """
    if not scan.more:
        return ""
    return "more than " if wanted.is_empty else "at least "


def _answer(scan: Scan, wanted: Filter) -> Answer:
    if wanted.is_empty:
        return Answer(scan.letters, scan.groups)

    letters = meant_of(scan, wanted)
    grouping = Grouping()
    for letter in letters:
        grouping.add(letter)
    return Answer(letters, grouping.groups)


def meant_of(scan: Scan, wanted: Filter) -> Sequence[Letter]:
    """Return the letters that a filter means, in their order.

    What must be equal is compared first: that takes a hundredth of the time.
    """
    letters = scan.letters
    for name in EXACT:
        value = getattr(wanted, name)
        if value is not None:
            of = attrgetter(name)
            letters = [letter for letter in letters if of(letter) == value]

    left = replace(wanted, consumer=None, group=None, reason=None, shop=None, id=None)
    if left.is_empty:
        return letters
    takes = left.takes
    return [letter for letter in letters if takes(letter)]


def _now_ms() -> int:
    """Return the time in steps, so that a page that is made anew asks for the same."""
    now_ms = int(time() * 1000)
    return now_ms - now_ms % STEP_MS


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        return 0
    return int(text)
