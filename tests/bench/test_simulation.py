"""What holds of any simulated sale: nothing is lost or comes twice, and queues obey their laws."""

from dataclasses import replace
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.plan import Loss, Plan, measured_lengths
from tests.bench.simulation import Course, EndlessError, Loop, Sale
from tests.drawing import share_of

PLAN = Plan(
    mean=20,
    peak=200,
    calm=2,
    rush=5,
    ingresses=2,
    ingress_cost=0.0001,
    places=50,
    confirm=0.001,
    confirm_timeout=4,
    store_rate=1_000,
    workers=2,
    concurrency=4,
    worker_cost=0.0001,
    handler=0.1,
    even=True,
    longest=600,
)
QUEUE = replace(
    PLAN, mean=0, calm=0, rush=5_000, ingresses=1, ingress_cost=1e-9, places=10**9, confirm=0,
    store_rate=1e9, workers=1, concurrency=1, worker_cost=0, even=False, every=1_000,
    longest=10_000,
)  # fmt: skip
"""One handler, to whom webhooks come by chance: the queue of the textbooks."""
PLANS = st.builds(
    replace,
    st.just(PLAN),
    peak=st.floats(21, 400),
    rush=st.floats(0.5, 5),
    ingresses=st.integers(1, 3),
    places=st.integers(1, 60),
    store_rate=st.floats(250, 1_000),  # so that a confirm comes in time, but for a stall
    workers=st.integers(1, 3),
    handler=st.floats(0.01, 0.1),  # so that the mean is borne
    spread=st.floats(0, 1),
    slow=st.floats(1, 3),
    resend=st.sampled_from([0.0, 1.0, 7.0]),
    loss=st.builds(Loss, at=st.floats(0, 10), stall=st.floats(0, 6), left=st.floats(0.4, 1)),
    even=st.booleans(),
    seed=st.integers(0, 5),
)


def course_of(plan: Plan) -> Course:
    return Sale(plan).run()


def test_what_is_due_first_is_done_first_and_what_is_due_at_once_in_the_order_of_planning() -> None:
    done: list[tuple[float, float]] = []
    loop = Loop()

    def do(what: float) -> None:
        done.append((loop.now, what))
        if what == 1:
            loop.at(0.5, do, 9)  # is past: it is done now

    for moment, what in ((2.0, 3), (1.0, 1), (1.0, 2)):
        loop.at(moment, do, what)
    loop.run()
    assert [(1.0, 1), (1.0, 2), (1.0, 9), (2.0, 3)] == done


@settings(max_examples=share_of(60), deadline=None)
@given(PLANS)
def test_nothing_is_lost_and_what_comes_twice_was_answered_503(plan: Plan) -> None:
    course = course_of(plan)
    assert course.sent == course.accepted + course.given_up
    assert course.stored == course.accepted + course.twice
    assert course.handled == course.stored
    assert course.twice <= course.refused
    if plan.resend:
        assert 0 == course.given_up
    if plan.loss.stall < plan.confirm_timeout / 2:
        assert 0 == course.twice


@settings(max_examples=share_of(60), deadline=None)
@given(PLANS)
def test_the_points_add_up_to_the_course(plan: Plan) -> None:
    course = course_of(plan)
    assert course.accepted == sum(point.accepted for point in course.points)
    assert course.refused == sum(point.refused for point in course.points)
    assert course.handled == sum(point.handled for point in course.points)
    assert course.peak >= max(point.waiting for point in course.points)
    assert course.longest >= max(point.lag for point in course.points) - 1e-6


@settings(max_examples=share_of(60), deadline=None)
@given(PLANS)
def test_littles_law_holds(plan: Plan) -> None:
    """How many are there, over all the time, is for how long each is there."""
    course = course_of(plan)
    assert course.sojourn == pytest.approx(course.area)


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_one_handler_has_the_queue_of_the_textbooks(spread: float) -> None:
    """By Pollaczek and Khinchine, at which four fifths of its time are used."""
    plan = replace(QUEUE, peak=8, handler=0.1, spread=spread)
    course = course_of(plan)

    busy, variation = 0.8, exp(spread**2) - 1
    there = busy + busy**2 * (1 + variation) / (2 * (1 - busy))
    assert there == pytest.approx(course.area / plan.rush, 0.08)


@settings(max_examples=share_of(30), deadline=None)
@given(st.floats(20, 300), st.floats(20, 300), st.sampled_from([0.0, 5.0]))
def test_more_load_never_means_less_backlog_or_fewer_refusals(
    a: float, b: float, resend: float
) -> None:
    plan = replace(PLAN, store_rate=150, resend=resend)
    less, more = (course_of(replace(plan, peak=peak)) for peak in sorted((a, b)))
    assert less.peak <= more.peak + 1
    assert less.refused <= more.refused
    assert less.sent <= more.sent


@settings(max_examples=share_of(30), deadline=None)
@given(st.integers(1, 6), st.integers(1, 6))
def test_more_workers_never_mean_more_backlog(a: int, b: int) -> None:
    fewer, more = (course_of(replace(PLAN, workers=workers)) for workers in sorted((a, b)))
    assert fewer.peak >= more.peak
    assert fewer.drained >= more.drained - PLAN.handler


def test_a_burst_leaves_what_one_computes_by_hand() -> None:
    plan = replace(PLAN, mean=0, calm=0, peak=200, rush=10, worker_cost=0)
    course = course_of(plan)
    done_a_second = 8 / 0.1
    assert course.peak == pytest.approx((200 - done_a_second) * 10, 0.02)
    assert course.drained == pytest.approx(2_000 / done_a_second, 0.02)


def test_while_the_queue_has_no_leader_places_fill_and_then_all_are_refused() -> None:
    plan = replace(PLAN, mean=0, calm=0, rush=5, places=50, loss=Loss(at=2, stall=1))
    course = course_of(plan)
    places = 2 * 50
    assert course.refused == pytest.approx(200 - places, abs=2)
    assert course.given_up == course.refused
    assert 0 == course.twice


def test_a_confirm_that_comes_too_late_is_a_503_and_the_webhook_comes_twice() -> None:
    plan = replace(PLAN, mean=0, calm=0, rush=5, places=50, loss=Loss(at=2, stall=5), resend=30)
    course = course_of(plan)
    assert 2 * 50 == course.twice
    assert course.sent + course.twice == course.handled


def test_what_nobody_can_work_off_is_given_up_and_says_so() -> None:
    plan = replace(PLAN, workers=1, concurrency=1, handler=0.1, longest=60)
    with pytest.raises(EndlessError, match="not over after 61 s"):
        course_of(plan)


def test_nobody_is_handed_anything_while_the_queue_has_no_leader() -> None:
    plan = replace(PLAN, loss=Loss(at=4, stall=2), every=0.5)
    still = [one.handled for one in course_of(plan).points if 4.7 <= one.at <= 6]
    assert [0] * len(still) == still
    assert still


def test_slow_handlers_and_a_lost_node_make_it_last_longer() -> None:
    plan = replace(PLAN, resend=1)
    plain = course_of(plan)
    assert plain.drained < course_of(replace(plan, slow=2)).drained
    assert plain.drained < course_of(replace(plan, loss=Loss(at=4, stall=3))).drained


def test_the_same_plan_has_the_same_course() -> None:
    plan = replace(PLAN, even=False, spread=0.5)
    assert course_of(plan) == course_of(plan)
    assert course_of(plan) != course_of(replace(plan, seed=2))


@pytest.mark.parametrize(
    ("waiting", "share"), [(0, 1.0), (10, 1.0), (60, 0.75), (110, 0.5), (10**9, 0.5)]
)
def test_a_long_queue_slows_the_broker_as_it_was_measured(waiting: float, share: float) -> None:
    plan = replace(PLAN, long=((0, 1.0), (10, 1.0), (110, 0.5)))
    assert share == pytest.approx(plan.slowed(waiting))


def test_the_measured_lengths_are_shares_of_the_rate_with_nothing_waiting() -> None:
    points = [
        {"waiting": 100, "rate": 500},
        {"waiting": 0, "rate": 1_000},
        {"waiting": 10, "rate": 1_100},
    ]
    found = measured_lengths({"sweeps": {"waiting": {"found": {"ingress": points}}}})
    assert ((0, 1.0), (10, 1.0), (100, 0.5)) == found
