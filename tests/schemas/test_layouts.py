"""Layouts: which partitions there are, and which are open, while their number changes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.bucket import BUCKETS, DIVISORS
from schemas.control import RESTATE_EVERY, ControlState, fold
from schemas.control_records import restated, retired
from schemas.in_use import on_the_move, queues_in_use
from schemas.layout_records import Step, layout_record
from schemas.layouts import Layout
from schemas.names import WorkQueue

ERP = WorkQueue("spiffy", "erp", "orders.create")

counts = st.sampled_from(DIVISORS)


def said(what: Step, **fields: int) -> dict[str, Any]:
    """Return a record of the partitions of orders."""
    return layout_record(what, ERP, by="me", at=1, **fields)


def after(*records: dict[str, Any]) -> ControlState:
    """Return the state after these records."""
    state = ControlState()
    for offset, record in enumerate(records):
        state = fold(state, record, offset)
    return state


EIGHT = said(Step.PARTITIONED, partitions=8)
GROWING = said(Step.PARTITIONED, partitions=16, before=8)


@pytest.mark.parametrize(
    ("layout", "numbers", "open_"),
    [
        (Layout(4), {0, 1, 2, 3}, {0, 1, 2, 3}),
        (Layout(4, before=2), {0, 1, 2, 3}, {0, 1}),
        (Layout(4, before=2, drained=frozenset({1})), {0, 1, 2, 3}, {0, 1, 3}),
        (Layout(4, before=2, drained=frozenset({0, 1})), {0, 1, 2, 3}, {0, 1, 2, 3}),
        (Layout(2, before=4), {0, 1, 2, 3}, {2, 3}),
        (Layout(2, before=4, drained=frozenset({2})), {0, 1, 2, 3}, {0, 3}),
        (Layout(2, before=4, drained=frozenset({2, 3})), {0, 1, 2, 3}, {0, 1}),
        (Layout(1, before=4, drained=frozenset({1, 2})), {0, 1, 2, 3}, {3}),
    ],
)
def test_the_old_ones_are_taken_from_before_the_new(
    layout: Layout, numbers: set[int], open_: set[int]
) -> None:
    assert (numbers, open_) == (set(layout.numbers), set(layout.open))


@given(before=counts, count=counts, drained=st.sets(st.integers(0, BUCKETS - 1)))
def test_of_no_bucket_the_old_and_the_new_partition_are_open_at_once_before_the_old_is_drained(
    before: int, count: int, drained: set[int]
) -> None:
    layout = Layout(count, before, frozenset(drained))
    for bucket in range(BUCKETS):
        old = bucket % before
        new = bucket % count
        if old != new and old not in layout.drained:
            assert old in layout.open
            assert new not in layout.open


@given(before=counts, count=counts)
def test_once_all_is_drained_exactly_the_new_ones_are_open(before: int, count: int) -> None:
    layout = Layout(count, before)
    drained = Layout(count, before, layout.losing)
    assert set(range(count)) == drained.open


@given(count=counts)
def test_every_bucket_belongs_to_exactly_one_partition(count: int) -> None:
    buckets = [bucket for queue in ERP.split(count) for bucket in queue.buckets]
    assert list(range(BUCKETS)) == sorted(buckets)


def test_the_first_that_says_how_many_there_are_is_believed() -> None:
    later = said(Step.PARTITIONED, partitions=16)
    assert 8 == after(EIGHT, later).layouts["erp", "orders.create"].partitions


def test_a_move_is_under_way_until_it_is_settled() -> None:
    drained = said(Step.DRAINED, partition=3)
    layout = after(EIGHT, GROWING, drained).layouts["erp", "orders.create"]
    assert (16, 8, {3}) == (layout.partitions, layout.before, set(layout.drained))
    assert on_the_move(after(EIGHT, GROWING), [ERP]) == {ERP}

    settled = after(EIGHT, GROWING, drained, said(Step.SETTLED))
    assert not on_the_move(settled, [ERP])
    assert 16 == settled.layouts["erp", "orders.create"].partitions


@pytest.mark.parametrize("record", [{}, {"partitions": 12}, {"partitions": "8"}, {"partitions": 0}])
def test_what_nobody_can_read_says_nothing(record: dict[str, Any]) -> None:
    told = {**said(Step.PARTITIONED), **record}
    assert not after(told).layouts


def test_a_restatement_says_it_all_again_and_knows_better_than_a_first_word_behind_it() -> None:
    state = after(EIGHT, GROWING, said(Step.DRAINED, partition=3), *[{}] * RESTATE_EVERY)
    again = restated(state, by="me", at=1)
    assert again is not None

    anew = fold(ControlState(), said(Step.PARTITIONED, partitions=2), 2_000)
    anew = fold(anew, again, 2_001)
    layout = anew.layouts["erp", "orders.create"]
    assert (16, 8, {3}) == (layout.partitions, layout.before, set(layout.drained))


def test_where_all_partitions_are_retired_nothing_is_known_any_more() -> None:
    names = [queue.name for queue in ERP.split(8)]
    assert after(EIGHT, retired(names[:4], by="me", at=1)).layouts == {}

    declared = {"v": 1, "at": 1, "by": "me", "what": "declared", "topology": 2, "queues": names}
    some = after(EIGHT, declared, retired(names[4:], by="me", at=1))
    assert 8 == some.layouts["erp", "orders.create"].partitions
    assert after(EIGHT, declared, retired(names, by="me", at=1)).layouts == {}


def test_a_partition_knows_of_how_many_it_is_one_and_one_that_is_to_go_has_no_buckets() -> None:
    names = [queue.name for queue in ERP.split(4)]
    declared = {"v": 1, "at": 1, "by": "me", "what": "declared", "topology": 2, "queues": names}
    shrinking = said(Step.PARTITIONED, partitions=2, before=4)
    state = after(said(Step.PARTITIONED, partitions=4), declared, shrinking)
    assert [32, 32, 0, 0] == [len(queue.buckets) for queue in sorted(queues_in_use(state))]
