"""How much is let in at once, and what a request's body holds, and until when."""

from collections.abc import Callable
from typing import Any

import pytest

from ingress.gate import MAX_HELD, Body, Gate
from ingress.refusals import Refusal, Refused


def _ignore(_: Exception) -> None:
    """Stand where a connection cuts its reader off."""


def refusal(attempt: Callable[[], object]) -> Refusal:
    """Return why an attempt is refused."""
    with pytest.raises(Refused) as caught:
        attempt()
    return caught.value.code


def test_a_body_that_is_decided_holds_no_byte_room_or_place_though_somebody_still_holds_it() -> (
    None
):
    gate = Gate()
    body = Body(gate)
    body.take(b"{")
    body.take(b"}")
    body.count_as_stored()
    assert (1, 2, b"{}") == (gate.storing, gate.held, body.whole())
    body.leave()
    assert (0, 0, b"") == (gate.storing, gate.held, body.whole())


def test_a_body_that_is_too_large_is_refused_at_its_first_byte_too_many() -> None:
    body = Body(Gate(max_body=2))
    body.take(b"ab")
    assert Refusal.BODY_TOO_LARGE == refusal(lambda: body.take(b"c"))


def test_a_full_gate_stores_no_further_webhook_until_one_is_decided() -> None:
    gate = Gate(max_in_flight=1)
    first = Body(gate)
    first.count_as_stored()
    assert Refusal.OVERLOADED == gate.refusal()
    assert Refusal.OVERLOADED == refusal(Body(gate).count_as_stored)

    first.leave()
    assert None is gate.refusal()
    Body(gate).count_as_stored()


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({}, None),
        ({"storing": 499, "max_in_flight": 500}, None),
        ({"storing": 500, "max_in_flight": 500}, Refusal.OVERLOADED),
        ({"held": MAX_HELD - 1}, None),
        ({"held": MAX_HELD}, Refusal.OVERLOADED),
        ({"held": MAX_HELD, "max_body": MAX_HELD}, None),
        ({"draining": True}, Refusal.DRAINING),
        ({"draining": True, "storing": 500}, Refusal.DRAINING),
    ],
)
def test_a_gate_says_why_it_lets_nobody_in(state: dict[str, Any], told: Refusal | None) -> None:
    assert told == Gate(**state).refusal()


def test_a_body_is_counted_as_read_while_it_is_waited_for_and_as_stored_once_kept() -> None:
    gate = Gate()
    body = Body(gate)
    body.start_waiting("10.0.0.1", _ignore)
    body.take(b"{}")
    assert (1, 0, 2) == (gate.reading, gate.storing, gate.senders.held)
    body.count_as_stored()
    assert (0, 1, 0) == (gate.reading, gate.storing, gate.senders.held)


def test_an_evicted_body_cuts_its_sender_off_and_takes_no_more() -> None:
    errors: list[Exception] = []
    body = Body(Gate())
    body.start_waiting("10.0.0.1", errors.append)
    body.evict()
    (error,) = errors
    assert isinstance(error, Refused)
    assert Refusal.OVERLOADED == error.code
    assert Refusal.OVERLOADED == refusal(lambda: body.take(b"x"))


@pytest.mark.parametrize("draining", [False, True])
def test_a_gate_is_empty_when_it_drains_and_the_last_body_has_left(draining: bool) -> None:
    gate = Gate(draining=draining)
    bodies = [Body(gate), Body(gate)]
    for body in bodies:
        body.count_as_stored()

    bodies[0].leave()
    assert not gate.empty.is_set()
    bodies[1].leave()
    assert gate.empty.is_set() is draining
