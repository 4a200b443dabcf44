"""The control log's records, and the state they come to."""

import json
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.control import RESTATE_EVERY, ControlState, What, fold, restates_all
from schemas.control_records import (
    RAN_FRESH_MS,
    declared,
    decode,
    encode,
    moved,
    ordered,
    restated,
    retired,
)
from schemas.in_use import queues_in_use
from schemas.orders import Ordered, Subject
from schemas.queue_facts import QueueFact
from tests.schemas.orders import ORDERS, order

NOW = 1_764_000_000_000
A = "spiffy.erp.orders.create"
B = "spiffy.mail.orders._any"


def folded(*records: dict[str, Any] | None) -> ControlState:
    """Fold records that stand one after the other."""
    state = ControlState()
    for offset, record in enumerate(records):
        state = fold(state, record or {}, offset)
    return state


def says(*queues: str, at: int = NOW, by: str = "host", topology: int = 2) -> dict[str, Any]:
    """Return the record of a worker that knows nothing yet."""
    record = declared(ControlState(), queues, topology=topology, by=by, at=at)
    assert record is not None
    return record


def test_a_worker_writes_down_what_it_declares_and_in_which_version() -> None:
    assert says(B, A) == {
        "v": 1, "at": NOW, "by": "host", "what": "declared", "topology": 2, "queues": [A, B],
    }  # fmt: skip
    state = folded(says(A), says(B, by="other"))
    assert state == ControlState(
        2, {A: QueueFact("host", NOW, 0), B: QueueFact("other", NOW, 1)}, 2, 2
    )
    assert {A, B} == state.wanted


@pytest.mark.parametrize(
    ("queues", "later", "writes"),
    [
        ((A,), 0, False),
        ((A,), RAN_FRESH_MS - 1, False),
        ((A,), RAN_FRESH_MS, True),  # so that the log tells who last ran it
        ((A, B), 0, True),  # a new one
    ],
)
def test_what_the_log_says_already_is_not_written_again(
    queues: tuple[str, ...], later: int, writes: bool
) -> None:
    record = declared(folded(says(A)), queues, topology=2, by="another", at=NOW + later)
    assert writes == (record is not None)


def test_which_queues_are_never_replayed_is_written_down_and_holds_until_said_otherwise() -> None:
    says_so = declared(ControlState(), [A, B], [B, "another"], topology=2, by="host", at=NOW)
    never = folded(says_so)
    assert {B} == never.never_replayed
    assert declared(never, [A, B], [B], topology=2, by="host", at=NOW) is None

    takes_it_back = declared(never, [A, B], topology=2, by="host", at=NOW)
    assert frozenset() == folded(says_so, takes_it_back).never_replayed

    again = restated(replace(never, records=RESTATE_EVERY), by="x", at=0)
    assert {B} == folded(again).never_replayed


def test_a_retired_queue_is_not_wanted_until_somebody_declares_it_again() -> None:
    gone = folded(says(A, B), retired([A], by="me", at=NOW))
    assert {B} == gone.wanted
    again = declared(gone, [A], topology=2, by="host", at=NOW)
    assert again is not None
    assert {A, B} == fold(gone, again, 2).wanted


def test_the_newest_version_that_was_written_holds() -> None:
    assert 3 == folded(says(A), says(A, topology=3)).topology


DECLARATIONS = st.builds(
    lambda what, names, at: says(*names, at=at) if what else retired(names, by="me", at=at),
    st.booleans(),
    st.lists(st.sampled_from([A, B, "spiffy.c.x.y"]), min_size=1, max_size=3),
    st.integers(0, 2**40),
)
RECORDS = DECLARATIONS | ORDERS.map(ordered)


@given(st.lists(RECORDS, max_size=12), st.data())
def test_a_restatement_anywhere_behind_changes_nothing(
    records: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Its writer may not have read the last records yet, and clocks may differ: a later record
    still holds.
    """
    read_until = data.draw(st.integers(0, len(records)))
    before = fold_all(ControlState(), records[:read_until], 0)
    whole = fold_all(ControlState(), records, 0)
    record = restated(replace(before, records=RESTATE_EVERY), by="late", at=0)
    assert record is not None
    after = fold(whole, json.loads(encode(record)), len(records))
    assert meant(whole) == meant(after)
    assert 0 == after.records


@given(st.lists(RECORDS, min_size=1, max_size=12))
def test_a_restatement_stands_for_all_that_is_cut_off_before_it(
    records: list[dict[str, Any]],
) -> None:
    whole = fold_all(ControlState(), records, 0)
    record = restated(replace(whole, records=RESTATE_EVERY), by="x", at=0)
    assert record is not None
    assert restates_all(record)
    alone = fold(ControlState(), json.loads(encode(record)), len(records))
    assert meant(whole) == meant(alone)


@given(st.lists(RECORDS, max_size=8), st.randoms(use_true_random=False))
def test_in_whatever_order_records_are_read_the_later_in_the_stream_holds(
    records: list[dict[str, Any]], random: Random
) -> None:
    whole = fold_all(ControlState(), records, 0)
    shuffled = list(enumerate(records))
    random.shuffle(shuffled)
    state = ControlState()
    for offset, record in shuffled:
        state = fold(state, record, offset)
    assert (whole.queues, whole.orders) == (state.queues, state.orders)


def meant(state: ControlState) -> tuple[Any, ...]:
    """Return all that a state says of queues."""
    return state.topology, state.queues, state.orders


def fold_all(state: ControlState, records: list[dict[str, Any]], offset: int) -> ControlState:
    """Fold records from an offset on."""
    for number, record in enumerate(records, offset):
        state = fold(state, record, number)
    return state


def test_the_state_is_restated_after_a_thousand_records_and_then_not_for_another_thousand() -> None:
    state = folded(*[says(A)] * (RESTATE_EVERY - 1))
    assert restated(state, by="x", at=NOW) is None
    state = fold(state, says(A), RESTATE_EVERY - 1)
    record = restated(state, by="x", at=NOW)
    assert record is not None
    assert restated(fold(state, record, RESTATE_EVERY), by="x", at=NOW) is None


STRANGE: list[Any] = [
    {},
    {"v": 2, "what": "declared", "queues": [A]},
    {"v": 1, "what": "paused", "queue": A},
    {"v": 1},
    {"v": 1, "what": "declared", "queues": A},
    {"v": 1, "what": "state", "queues": [A]},
    {"v": True, "what": 7},
    {"v": 1, "what": "state", "queues": {A: None}, "topology": True},
    {"v": 1, "what": ["declared"], "queues": [7]},
    {"v": 1, "what": "paused"},
    {"v": 1, "what": "paused", "consumer": ["erp"]},
    {"v": 1, "what": "state", "orders": {"what": "paused"}},
    {"v": 1, "what": "state", "orders": [7, {"what": "paused"}, {"consumer": "erp"}]},
]


@pytest.mark.parametrize("record", STRANGE)
def test_a_record_that_nobody_here_can_read_changes_nothing_but_the_count(
    record: dict[str, Any],
) -> None:
    before = folded(says(A))
    after = fold(before, record, 1)
    assert meant(before) == meant(after)
    assert 2 == after.next_offset


def test_a_state_written_before_there_were_orders_is_read_and_takes_none_back() -> None:
    old = {"v": 1, "at": 1, "by": "x", "what": "state", "topology": 2}
    queues = {A: {"retired": False, "by": "host", "at": NOW, "offset": 0}}
    paused = order(Ordered.PAUSED, "erp")
    before = folded(ordered(paused))
    after = fold(before, {**old, "queues": queues}, 1)
    assert {A} == after.wanted
    assert before.orders == after.orders
    assert not restates_all({**old, "queues": queues})
    assert 2 == after.records, "so that the next worker restates the orders too"


def test_an_order_that_a_restatement_gives_from_the_future_outlasts_no_later_one() -> None:
    said = {**ordered(order(Ordered.PAUSED, "erp")), "offset": 2**50}
    state = folded({"v": 1, "what": "state", "orders": [said]}, ordered(order(Ordered.RESUMED)))
    assert Ordered.RESUMED is state.orders[Subject.PAUSE, "erp", ""].what


def test_what_an_operator_moved_is_told_and_changes_no_state() -> None:
    record = moved(
        What.REPLAYED, by="me@host", at=NOW, count=40, chosen={"group": "1f2e3d4c"}, name="INC-1"
    )
    assert record == {
        "v": 1, "at": NOW, "by": "me@host", "what": "replayed",
        "count": 40, "chosen": {"group": "1f2e3d4c"}, "name": "INC-1",
    }  # fmt: skip
    assert meant(ControlState()) == meant(folded(record))


WORDS = ["v", "at", "by", "what", "queues", "orders", "consumer", "topic", "until", "concurrency"]
VALUES = st.sampled_from([*Ordered, *What, "erp", "spiffy.erp.orders.create", 1, True, 2**70, 1.5])
JSON = st.recursive(
    st.none() | st.integers() | st.text() | VALUES,
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(WORDS) | st.text(), inner),
)


@given(st.binary() | JSON.map(json.dumps).map(str.encode))
def test_any_bytes_in_the_stream_are_read_as_some_record(body: bytes) -> None:
    said = decode(body)
    assert isinstance(folded(said), ControlState)
    assert isinstance(folded({**said, "v": 1}, ordered(order(Ordered.PAUSED))), ControlState)


def test_a_record_survives_the_stream() -> None:
    assert says(A) == decode(encode(says(A)))


def test_which_queues_are_ordered_is_written_down_and_known_of_those_in_use() -> None:
    says_so = declared(ControlState(), [A, B], (), [B], topology=2, by="host", at=NOW)
    state = folded(says_so)
    assert {A: False, B: True} == {queue.name: queue.ordered for queue in queues_in_use(state)}
    assert declared(state, [A, B], (), [B], topology=2, by="host", at=NOW) is None
    assert declared(state, [A, B], topology=2, by="host", at=NOW) is not None
    again = restated(replace(state, records=1_000), by="host", at=NOW)
    assert {B} == {queue.name for queue in queues_in_use(folded(again)) if queue.ordered}
