"""The topology as a picture: nothing overlaps, everything is there."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.workers.test_status_text import TABLE
from workers.console.topology_picture import TALL, WIDTH, drawn
from workers.operate.row_states import RowState
from workers.operate.rows import QueueRow, Table

WORDS = st.sampled_from(("erp", "mail", "search", "ledger"))
ROWS = st.builds(
    QueueRow,
    consumer=WORDS,
    topic=WORDS,
    ready=st.none() | st.integers(0, 9),
    running=st.just(0),
    dead=st.none() | st.integers(0, 9),
    dead_hour=st.just(0),
    lag_ms=st.none(),
    done_a_minute=st.just(0.0),
    p95_ms=st.just(0),
    state=st.sampled_from(RowState),
    workers=st.just(1),
)


def test_topics_lead_to_their_queues_and_those_to_their_dead_letters() -> None:
    picture = drawn(TABLE)
    shown = [(box.text, box.number, box.kind) for box in picture.boxes]
    assert [
        ("webhooks", "", "exchange"),
        ("orders/*", "", "topic"),
        ("mail", "?", "queue unknown"),
        ("orders/create", "", "topic"),
        ("erp", "120", "queue consuming"),
        ("dead", "3", "dead"),
        ("unrouted", "2", "unrouted"),
        ("waiting, then back to its queue", "4", "ladder"),
    ] == shown
    assert ["", "", "", "", "dead", "otherwise"] == [link.kind for link in picture.links]


def test_an_app_without_queues_is_drawn_too() -> None:
    assert ["webhooks", "unrouted", "waiting, then back to its queue"] == [
        box.text for box in drawn(Table("app", 0)).boxes
    ]


def test_partitions_are_told_in_their_consumers_box() -> None:
    row = replace(TABLE.queues[0], partitions=TABLE.queues)
    texts = [box.text for box in drawn(replace(TABLE, queues=(row,))).boxes]
    assert "erp · 2 partitions" in texts


@given(st.lists(ROWS, max_size=20).map(tuple))
def test_no_box_covers_another_and_all_lie_within(rows: tuple[QueueRow, ...]) -> None:
    picture = drawn(Table("app", 0, queues=rows))
    places = [(box.x, box.y) for box in picture.boxes]
    assert len(places) == len(set(places))
    for box in picture.boxes:
        assert box.x + box.wide <= WIDTH
        assert box.y + TALL <= picture.tall
    for left in picture.boxes:
        for right in picture.boxes:
            if left is not right and left.x == right.x:
                assert abs(left.y - right.y) >= TALL
