"""The app in six numbers: one that is not known of each queue is not known."""

from dataclasses import replace

from schemas.control import ControlState
from schemas.fleet import Fleet
from tests.workers.console.conftest import served_with
from tests.workers.test_status_text import TABLE
from workers.console.overview import totals
from workers.console.site import counts
from workers.operate.row_states import RowState
from workers.operate.rows import Table
from workers.operate.status import Seen

KNOWN, UNKNOWN = TABLE.queues
RETIRED = replace(UNKNOWN, state=RowState.RETIRED, dead=4)


def test_what_nobody_knows_of_one_queue_is_no_part_of_a_total() -> None:
    seen = totals(replace(TABLE, queues=(KNOWN, UNKNOWN)))
    assert (None, None) == (seen.ready, seen.lag_ms)
    seen = totals(replace(TABLE, queues=(KNOWN, KNOWN)))
    assert (240, 95_000) == (seen.ready, seen.lag_ms)


def test_a_retired_queue_that_is_gone_but_for_its_letters_hides_no_total() -> None:
    assert 120 == totals(replace(TABLE, queues=(KNOWN, RETIRED))).ready


def dead(table: Table) -> int | None:
    """Return what stands beside the dead letters in the menu."""
    served = served_with()
    served.watch.seen = Seen(table, ControlState(), Fleet())
    return counts(served._site)["dead"]


def test_so_do_the_dead_letters_in_the_menu() -> None:
    assert None is dead(TABLE)
    assert 7 == dead(replace(TABLE, queues=(KNOWN, RETIRED)))
