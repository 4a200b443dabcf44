"""Orders on queues: their form in a record, and which of them hold when."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.control import ControlState, fold
from schemas.control_records import decode, encode, ordered
from schemas.in_force import has_opened, in_force, is_held, next_end, queues_in_force
from schemas.names import WorkQueue
from schemas.orders import Order, Ordered, Subject, read_order
from tests.schemas.orders import NOW, ORDERS, order
from tests.schemas.test_control import folded, says

ERP = WorkQueue("spiffy", "erp", "orders.create")
ERP_ALL = WorkQueue("spiffy", "erp", "orders._any")
MAIL = WorkQueue("spiffy", "mail", "orders.create")


@given(ORDERS, st.integers(0, 2**40))
def test_an_order_is_read_from_the_stream_as_it_was_given(given_order: Order, offset: int) -> None:
    said = decode(encode(ordered(given_order)))
    assert replace(given_order, offset=offset) == read_order(said, offset)


def test_a_record_holds_what_an_order_says_and_nothing_else() -> None:
    one = order(until=NOW + 1, reason="ERP is down", topic="orders.create")
    assert ordered(one) == {
        "v": 1, "at": NOW, "by": "me@host", "what": "paused", "consumer": "erp",
        "topic": "orders.create", "until": NOW + 1, "reason": "ERP is down",
    }  # fmt: skip
    assert ordered(order(Ordered.RESUMED)) == {
        "v": 1, "at": NOW, "by": "me@host", "what": "resumed", "consumer": "erp",
    }  # fmt: skip


SAID = ordered(order())


@pytest.mark.parametrize(
    "half",
    [
        {"consumer": None},
        {"consumer": ""},
        {"what": "suspended"},
        {"what": ["paused"]},
        {"topic": 7},
        {"topic": ["orders.create"]},
        {"until": "tomorrow"},
        {"until": -1},
        {"until": 2**60},
        {"until": True},
        {"until": 1.5},
        {"concurrency": 0},
        {"concurrency": 65_536},
        {"concurrency": "4"},
    ],
    ids=json.dumps,
)
def test_an_order_that_is_half_understood_is_none(half: dict[str, Any]) -> None:
    assert read_order(SAID, 0) is not None
    assert read_order(SAID | half, 0) is None


@pytest.mark.parametrize("odd", [{"by": 7}, {"at": "x"}, {"reason": []}, {"times": -1}, {"n": 1}])
def test_an_order_holds_though_it_is_odd_who_gave_it(odd: dict[str, Any]) -> None:
    assert read_order(SAID | odd, 0) is not None


PAUSED = order()
RESUMED = order(Ordered.RESUMED)
PAUSED_TOPIC = order(topic="orders.create")
RESUMED_TOPIC = order(Ordered.RESUMED, topic="orders.create")
SET = order(Ordered.SET, concurrency=4)
UNSET = order(Ordered.SET)


def brief(one: Order) -> Order:
    """Return the same order, until just after now."""
    return replace(one, until=NOW + 1)


def ended(one: Order) -> Order:
    """Return the same order, which has ended just now."""
    return replace(one, until=NOW)


STORIES: list[tuple[str, list[Order], list[bool]]] = [
    ("nothing was ordered", [], [False, False]),
    ("all of it", [PAUSED], [True, True]),
    ("one topic", [PAUSED_TOPIC], [True, False]),
    ("resumed", [PAUSED, RESUMED], [False, False]),
    ("all, then one topic resumed", [PAUSED, RESUMED_TOPIC], [False, True]),
    ("one topic, then all resumed", [PAUSED_TOPIC, RESUMED], [False, False]),
    ("one topic resumed, then all paused", [RESUMED_TOPIC, PAUSED], [True, True]),
    ("another consumer's", [order(consumer="mail")], [False, False]),
    ("for a while yet", [brief(PAUSED)], [True, True]),
    ("ended by itself", [ended(PAUSED)], [False, False]),
    ("all; one topic for a time that is over", [PAUSED, ended(PAUSED_TOPIC)], [True, True]),
    ("for ever, then anew for a time that is over", [PAUSED, ended(PAUSED)], [False, False]),
    ("another subject", [SET], [False, False]),
]


def told(orders: list[Order]) -> ControlState:
    """Return the state after these orders."""
    declared = says(ERP.name, ERP_ALL.name, MAIL.name)
    return folded(declared, *map(ordered, orders))


@pytest.mark.parametrize(
    ("orders", "expected"),
    [(orders, expected) for _, orders, expected in STORIES],
    ids=[name for name, _, _ in STORIES],
)
def test_a_pause_holds_for_the_queues_that_it_was_ordered_for_until_it_ends(
    orders: list[Order], expected: list[bool]
) -> None:
    state = told(orders)
    held = [in_force(state, Subject.PAUSE, queue, NOW) is not None for queue in (ERP, ERP_ALL)]
    assert expected == held
    assert expected == [is_held(state, queue, NOW) for queue in (ERP, ERP_ALL)]
    paused = [queue for queue, _ in queues_in_force(state, Subject.PAUSE, NOW)]
    assert [queue in paused for queue in (ERP, ERP_ALL)] == expected


def test_the_latest_setting_holds_until_it_is_taken_back() -> None:
    four = in_force(told([SET]), Subject.SETTING, ERP, NOW)
    assert four is not None
    assert 4 == four.concurrency
    assert in_force(told([SET, UNSET]), Subject.SETTING, ERP, NOW) is None
    assert not is_held(told([SET]), ERP, NOW)


def test_an_open_breaker_holds_a_queue_as_a_pause_does() -> None:
    opened = order(Ordered.OPENED, topic="orders.create", until=NOW + 1)
    closed = order(Ordered.CLOSED, topic="orders.create")
    assert is_held(told([opened]), ERP, NOW)
    assert not is_held(told([opened]), ERP, NOW + 1)
    assert not is_held(told([opened]), MAIL, NOW)
    assert not is_held(told([opened, closed]), ERP, NOW)


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([], False),
        ([PAUSED], False),
        ([order(Ordered.OPENED, topic="orders.create", until=NOW - 9)], True),
        ([order(Ordered.OPENED, topic="orders._any", until=NOW + 9)], False),
        ([order(Ordered.OPENED, topic="orders.create"), order(Ordered.CLOSED)], False),
        ([order(Ordered.CLOSED), order(Ordered.OPENED, topic="orders.create")], True),
        ([order(Ordered.OPENED, topic="orders.create"), RESUMED], True),
    ],
)
def test_a_breaker_has_opened_until_it_is_closed_whatever_its_time(
    orders: list[Order], expected: bool
) -> None:
    assert expected == has_opened(told(orders), [MAIL, ERP])


def test_the_next_end_is_the_first_that_is_still_to_come() -> None:
    state = told([replace(PAUSED, until=NOW + 9), replace(SET, until=NOW + 5), ended(PAUSED_TOPIC)])
    assert NOW + 5 == next_end(state, ERP, NOW)
    assert NOW + 9 == next_end(state, ERP, NOW + 5)
    assert next_end(state, ERP, NOW + 9) is None
    assert next_end(state, MAIL, NOW) is None


@given(st.lists(ORDERS, max_size=8), st.sampled_from(Subject), st.integers(NOW - 9, NOW + 9))
def test_what_holds_is_the_last_order_on_the_queue_that_has_not_ended(
    orders: list[Order], subject: Subject, now_ms: int
) -> None:
    """Told again in the plainest way: of each key the last, of those that go on the last."""
    state = ControlState()
    last: dict[Any, Order] = {}
    for offset, one in enumerate(orders):
        state = fold(state, ordered(one), offset)
        last[one.key] = replace(one, offset=offset)

    on_queue = [last.get((subject, "erp", topic)) for topic in ("", "orders.create")]
    going_on = [one for one in on_queue if one is not None and one.holds(now_ms)]
    expected = max(going_on, key=lambda one: one.offset, default=None)
    if expected is not None and expected.lifts:
        expected = None
    assert expected == in_force(state, subject, ERP, now_ms)


@given(st.lists(ORDERS, max_size=8), st.integers(NOW - 9, NOW + 9))
def test_between_now_and_the_next_end_nothing_changes(orders: list[Order], now_ms: int) -> None:
    state = told(orders)
    end = next_end(state, ERP, now_ms)
    last_moment = NOW + 99 if end is None else end - 1
    for subject in Subject:
        now = in_force(state, subject, ERP, now_ms)
        assert now == in_force(state, subject, ERP, last_moment)
