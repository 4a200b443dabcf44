"""The control log for people: each record a line."""

from typing import Any

import pytest
from hypothesis import given

from schemas.control import What
from schemas.control_records import moved, ordered, retired
from schemas.layout_records import Step, layout_record
from schemas.names import WorkQueue
from schemas.orders import Ordered
from tests.schemas.orders import NOW, order
from tests.schemas.test_control import JSON, says
from workers.operate.entries import entry_of
from workers.operate.telling import told_entry, told_moment

AT = "2025-11-24 16:00:00Z"
ERP = WorkQueue("app", "erp", "orders.create")
NAMES = [f"app.erp.orders.t{number}" for number in range(7)]


def line(record: dict[str, Any]) -> str:
    """Return what a record tells."""
    entry = entry_of(record)
    assert entry is not None
    return told_entry(entry)


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (ordered(order()), "me@host  paused erp"),
        (
            ordered(order(topic="orders._any", until=NOW + 60_000, reason="ERP is down")),
            "me@host  paused erp orders/* until 2025-11-24 16:01:00Z: ERP is down",
        ),
        (ordered(order(Ordered.RESUMED)), "me@host  resumed erp"),
        (ordered(order(Ordered.SET, concurrency=4)), "me@host  set erp concurrency=4"),
        (ordered(order(Ordered.SET)), "me@host  set erp concurrency=default"),
        (
            ordered(order(Ordered.OPENED, topic="orders.create", until=NOW)),
            f"me@host  opened erp orders/create until {AT}",
        ),
        (says("app.erp.orders.create"), "host  declared app.erp.orders.create"),
        (
            retired(NAMES, by="me", at=NOW),
            (
                "me  retired app.erp.orders.t0, app.erp.orders.t1, app.erp.orders.t2, "
                "app.erp.orders.t3, app.erp.orders.t4 and 2 more"
            ),
        ),
        (
            layout_record(Step.PARTITIONED, ERP, by="me", at=NOW, partitions=8, before=4),
            "me  partitioned erp orders/create partitions=8 before=4",
        ),
        (
            layout_record(Step.DRAINED, ERP, by="me", at=NOW, partition=0),
            "me  drained erp orders/create partition=0",
        ),
        (layout_record(Step.SETTLED, ERP, by="me", at=NOW), "me  settled erp orders/create"),
        (
            moved(What.REPLAYED, by="me", at=NOW, count=40, chosen={"group": "1f2e"}, name="INC-1"),
            "me  replayed 40 (group 1f2e) as INC-1",
        ),
        (
            moved(What.DROPPED, by="me", at=NOW, count=1, chosen={}, name="nothing"),
            "me  dropped 1 into nothing",
        ),
        (
            moved(What.IMPORTED, by="me", at=NOW, count=1, chosen={}, name="a.jsonl"),
            "me  imported 1 from a.jsonl",
        ),
        ({"v": 1, "at": NOW, "what": "danced", "how": "well"}, 'nobody  danced {"how": "well"}'),
        ({"v": 1, "at": NOW, "by": "me", "what": "paused", "n": 1}, 'me  paused {"n": 1}'),
        (
            {"v": 1, "at": NOW, "by": "\x1b[31mme", "what": "resumed", "consumer": "a\nb"},
            "\\x1b[31mme  resumed a\\nb",
        ),
    ],
)  # fmt: skip
def test_a_record_is_told_on_one_line_with_when_and_by_whom(
    record: dict[str, Any], told: str
) -> None:
    assert f"{AT}  {told}" == line(record)


@pytest.mark.parametrize(
    "record", [{}, {"v": 2, "what": "paused"}, {"v": 1}, {"v": 1, "what": "state"}]
)
def test_what_tells_nothing_new_is_no_entry(record: dict[str, Any]) -> None:
    assert entry_of(record) is None


@given(JSON)
def test_whatever_stands_in_the_stream_is_told_on_one_printable_line(said: Any) -> None:
    record = said if isinstance(said, dict) else {"said": said}
    for what in [*What, *Ordered, "danced"]:
        entry = entry_of({**record, "v": 1, "what": what})
        if entry is not None:
            told = told_entry(entry)
            assert "\n" not in told
            told.encode()


@pytest.mark.parametrize("ms", [2**53, -(2**53), 10**18])
def test_a_time_that_never_is_is_told_as_none(ms: int) -> None:
    assert "at no time" == told_moment(ms)
