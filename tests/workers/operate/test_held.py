"""What ordered consumers hold, as the fleet tells of it."""

from collections.abc import Iterable

import pytest

from schemas.fleet import Fleet, Heard
from schemas.held_lines import HeldLine
from schemas.names import WorkQueue
from schemas.pulse import Beat, ProcessKind
from schemas.queue_now import QueueNow
from workers.dead_letters import Filter
from workers.operate.held import Held, left_alone, shown

PARTS = WorkQueue("app", "erp", "orders.create").split(2)
OTHER = WorkQueue("app", "mail", "orders.create", 0)
NOBODY_LIES = dict.fromkeys(PARTS, 0)


def line(part: WorkQueue, shop: str, due_ms: int, behind: int = 0) -> HeldLine:
    """Return what a shop has held of a partition."""
    return HeldLine(
        part.name, shop, f"first of {shop}", "orders/create", "busy", 2, 1, due_ms, behind
    )


def fleet(lines: Iterable[HeldLine], **held: int) -> Fleet:
    """Return one worker that tells of these lines, and of so many in each partition."""
    beat = Beat(1, "one", ProcessKind.WORKER, lines=tuple(lines))
    queues = {
        f"app.erp.orders.create.{name}": QueueNow(1, held=count) for name, count in held.items()
    }
    return Fleet((Heard(beat, beat),), queues=queues)


A, B, C = line(PARTS[0], "a", 30, behind=2), line(PARTS[1], "b", 20), line(OTHER, "c", 10)


@pytest.mark.parametrize(
    ("wanted", "shops"),
    [
        (Filter(), ["b", "a"]),
        (Filter(shop="a"), ["a"]),
        (Filter(id="first of b"), ["b"]),
        (Filter(error="BUS"), ["b", "a"]),
        (Filter(limit=1), ["b"]),
        (Filter(topic="orders/paid"), []),
    ],
)
def test_the_first_of_each_shop_is_shown_that_is_meant_what_is_due_first_at_the_top(
    wanted: Filter, shops: list[str]
) -> None:
    found = shown(fleet([A, B, C], p0=3, p1=1), NOBODY_LIES, wanted)
    assert (shops, ()) == ([letter.shop for letter in found.letters], found.untold)


def test_what_cannot_be_shown_is_counted() -> None:
    found = shown(fleet([A], p0=90), NOBODY_LIES | {PARTS[1]: 7}, Filter())
    assert (
        f"90 held of {PARTS[0].name}, and only the longest lines are shown",
        f"7 held of {PARTS[1].name}, which no worker has: one that runs it shows them",
    ) == found.untold


def test_what_is_behind_another_is_not_told_by_its_id() -> None:
    found = shown(fleet([A], p0=3), NOBODY_LIES, Filter(id="w2"))
    assert ("of what is held, the first of each shop is told by its id: --shop shows it",) == (
        found.untold
    )


def test_what_is_left_alone_is_counted_with_all_that_follows_it() -> None:
    assert "" == left_alone(Held())
    found = shown(fleet([A, B], p0=3, p1=1), NOBODY_LIES, Filter())
    assert left_alone(found).startswith("left alone: 4 that erp holds back. What waits")
