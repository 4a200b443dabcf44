"""What the pulse tells of a partition's lines."""

from typing import Any

from schemas.names import WorkQueue
from tests.workers.fakes import NOW, FakeChannel, run
from workers.broker.held_back import HALTED, HeldBack, held_back
from workers.broker.under_way import UnderWay
from workers.line import Member

QUEUE = WorkQueue("app", "erp", "orders.create", 3)


def member(
    shop: str, webhook: str, place: int, due_ms: int = 0, **headers: Any
) -> Member[UnderWay]:
    """Return a webhook that is held at a place; at 0, only the partition has it."""
    delivery = run(FakeChannel(), webhook_id=webhook, **headers)
    return Member(shop, webhook, delivery, place, due_ms=due_ms)


def test_the_first_of_each_shop_is_told_with_how_many_are_behind_it() -> None:
    told = held_back(
        QUEUE,
        [
            member("b", "b2", 5),
            member("a", "a1", 1, NOW + 60_000, webhook_attempt=2, webhook_error="busy"),
            member("b", "b1", 2),
            member("a", "a2", 3),
            member("a", "a3", 4),
            member("a", "a4", 0),
        ],
    )
    a, b = told.lines
    assert (5, ("a", "a1", 2, "busy", NOW + 60_000, 2)) == (
        told.count,
        (a.shop, a.id, a.attempt, a.error, a.due_ms, a.behind),
    )
    assert ("b", "b1", 1, QUEUE.name) == (b.shop, b.id, b.behind, b.queue)


def test_of_a_shop_that_a_dead_one_halts_that_is_told() -> None:
    stub = member("a", "a1", 1)
    stub.is_halted = True
    told = held_back(QUEUE, [stub, member("a", "a2", 2), member("b", "b1", 3)])
    assert [(1, 1), (0, 0)] == [(line.halted, line.behind) for line in told.lines]


def test_of_a_halted_line_it_is_told_what_it_waits_for() -> None:
    halts = member("a", "a1", 1, webhook_halted="a1")
    halts.is_halted = True
    (line,) = held_back(QUEUE, [halts, member("a", "a2", 2)]).lines
    assert ("a1", 0, 1, HALTED) == (line.id, line.due_ms, line.behind, line.error)


def test_since_when_those_wait_that_were_never_attempted_and_are_behind_another() -> None:
    told = held_back(
        QUEUE,
        [
            member("a", "a1", 1, webhook_received_ms=NOW - 900),
            member("a", "a2", 2, webhook_received_ms=NOW - 500, webhook_attempt=2),
            member("a", "a3", 3, webhook_received_ms=NOW - 100),
            member("b", "b1", 4, webhook_received_ms=NOW - 300),
        ],
    )
    assert NOW - 100 == told.received_ms


def test_what_was_handed_out_and_lost_is_not_held() -> None:
    gone = member("a", "a1", 1)
    gone.delivery = None
    assert HeldBack() == held_back(QUEUE, [gone, member("a", "a2", 0)])
