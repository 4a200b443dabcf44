"""What ordered consumers hold, on the page of what waits."""

from dataclasses import replace

from schemas.control import ControlState
from schemas.fleet import Fleet, Heard
from schemas.held_lines import HeldLine
from schemas.names import WorkQueue
from schemas.pulse import Beat, ProcessKind
from schemas.queue_facts import QueueFact
from schemas.queue_now import QueueNow
from tests.workers.console.conftest import served_with, visitor_of
from tests.workers.test_status_text import NOW, TABLE
from workers.console.held_back import MOST, held_back
from workers.dead_letters import Filter
from workers.operate.status import Seen

FIRST, SECOND = WorkQueue("spiffy", "ledger", "orders.create").split(2)
FACT = QueueFact("host", 1, 1, ordered=True)
STATE = ControlState(queues={FIRST.name: FACT, SECOND.name: FACT})


def seen(lines: int = 2, lying: int = 0) -> Seen:
    """Return a status in which a worker tells of lines of one partition; of the other, so much
    lies that nobody has.
    """
    told = tuple(
        HeldLine(FIRST.name, f"shop-{n}", f"w{n}", "orders/create", "busy", 2, NOW, NOW + n, 3)
        for n in range(lines)
    )
    beat = Beat(NOW, "one", ProcessKind.WORKER, lines=told)
    fleet = Fleet((Heard(beat, beat),), queues={FIRST.name: QueueNow(1, held=4 * lines)})
    whole = replace(TABLE.queues[0], consumer="ledger", topic="orders/create")
    parts = (
        replace(whole, partition="p0", held=4 * lines),
        replace(whole, partition="p1", held=lying),
    )
    row = replace(whole, partitions=parts, held=4 * lines + lying)
    return Seen(replace(TABLE, queues=(row,)), STATE, fleet)


def test_the_first_of_each_shop_is_shown_that_the_filter_means() -> None:
    assert ["w0", "w1"] == [one.id for one in held_back(seen(), Filter()).letters]
    assert ["w1"] == [one.id for one in held_back(seen(), Filter(shop="shop-1")).letters]
    assert () == held_back(seen(), Filter(consumer="erp")).letters
    assert () == held_back(None, Filter()).letters


def test_what_no_worker_has_is_told_and_what_a_page_has_no_room_for_is_counted() -> None:
    found = held_back(seen(lines=MOST + 5, lying=7), Filter())
    assert (MOST, 5) == (len(found.letters), found.left_out)
    assert [
        f"7 held of {SECOND.name}, which no worker has: one that runs it shows them"
    ] == found.untold


async def test_it_stands_on_the_page_of_what_waits() -> None:
    served = served_with()
    served.watch.seen = seen()
    async with visitor_of(served) as visitor:
        await visitor.log_in("jane")
        _, text = await visitor.page("/waiting?q=consumer:ledger")
    assert (
        "Held, to keep each shop&#39;s order" in text or "Held, to keep each shop's order" in text
    )
    assert '<td class="shop" data-label="shop" title="shop-1">shop-1</td>' in text
    assert "No letter is meant" not in text
