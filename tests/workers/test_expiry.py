"""How long a webhook is worth an attempt: before each attempt, and before one is put off."""

import math
from dataclasses import replace
from time import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenacity import stop_after_attempt, wait_fixed

from schemas.dead_letter import Reason
from schemas.webhook import Webhook
from workers import Delivery, Later, Reject, Retry, RetryPolicy, consumer
from workers.attempt import attempt
from workers.expiry import expires_at
from workers.outcome import Again, Dead, Deferred, Done, Outcome
from workers.testing import deliver, webhook

ORDER = webhook("orders/create", {"id": 1})
POLICY = RetryPolicy(wait=wait_fixed(30), stop=stop_after_attempt(5))
HOUR = 3_600_000

TIMES = st.integers(min_value=0, max_value=2**43)


def received(seconds_ago: float) -> Webhook:
    """Return an order that the ingress took in so long ago."""
    return replace(ORDER, received_ms=int((time() - seconds_ago) * 1000))


async def outcome_of(
    error: Exception | None, *, age: float, max_age: float | None, number: int = 1
) -> Outcome:
    """Return what becomes of a webhook of this age, whose handler raises the error, if any."""

    @consumer("orders/create", retry=POLICY, max_age=max_age)
    async def handler(delivery: Delivery[bytes]) -> None:
        if error is not None:
            raise error

    return await deliver(handler, received(age), attempt_number=number)


@given(TIMES, TIMES)
def test_without_a_greatest_age_it_is_worth_an_attempt_for_ever(
    received: int, put_back: int
) -> None:
    assert math.inf == expires_at(None, received, put_back)


@given(TIMES, TIMES)
def test_an_age_counts_from_the_receipt_or_from_when_an_operator_put_it_back(
    received: int, put_back: int
) -> None:
    assert max(received, put_back) / 1000 + 60 == expires_at(60, received, put_back)


@pytest.mark.parametrize("number", [1, 3])
async def test_what_is_too_old_is_dead_before_any_attempt_the_first_too(number: int) -> None:
    outcome = await outcome_of(AssertionError("it ran"), age=61, max_age=60, number=number)
    assert Dead(
        Reason.EXPIRED, f"Expired: older than max_age=60 s before attempt {number} began"
    ) == (outcome)


async def test_what_is_not_too_old_yet_is_handled() -> None:
    assert Done() == await outcome_of(None, age=30, max_age=60)


async def test_what_an_operator_has_put_back_is_handled_however_old_it_is() -> None:
    @consumer("orders/create", max_age=60)
    async def handler(delivery: Delivery[bytes]) -> None:
        """Take it."""

    old = received(3_600)
    now_ms = int(time() * 1000)
    assert isinstance(await attempt(handler, old, 1, now_ms), Dead)
    assert Done() == await attempt(handler, old, 1, now_ms, now_ms)


LATE = [
    (Later("no stock", after=20), Deferred(20, "Later: no stock")),
    (Later("no stock", after="20"), Deferred(20, "Later: no stock")),
    (Retry("busy", after=20), Again(20, "Retry: busy")),
    (RuntimeError("boom"), Again(30, "RuntimeError: boom")),
]


@pytest.mark.parametrize(("error", "outcome"), LATE)
async def test_what_comes_again_before_it_is_too_old_waits(
    error: Exception, outcome: Outcome
) -> None:
    assert outcome == await outcome_of(error, age=10, max_age=60)
    assert outcome == await outcome_of(error, age=10, max_age=None)


@pytest.mark.parametrize(("error", "waits"), LATE)
async def test_what_would_come_again_too_late_is_dead_now_and_tells_what_was_wrong(
    error: Exception, waits: Again | Deferred
) -> None:
    outcome = await outcome_of(error, age=59.99, max_age=60)
    said = waits.error if isinstance(waits, Again) else waits.reason
    assert isinstance(outcome, Dead)
    assert (Reason.EXPIRED, said) == (outcome.reason, outcome.error)
    assert "in handler" in outcome.traceback


async def test_what_is_rejected_is_rejected_however_old() -> None:
    outcome = await outcome_of(Reject("unknown SKU"), age=59.99, max_age=60)
    assert isinstance(outcome, Dead)
    assert outcome.reason is Reason.REJECTED


async def test_what_is_asked_for_a_time_that_is_past_comes_again_at_once() -> None:
    outcome = await outcome_of(Later("no stock", after=-1), age=0, max_age=60)
    assert Deferred(0, "Later: no stock") == outcome


async def test_later_spends_no_attempt_whatever_the_policy_says() -> None:
    outcome = await outcome_of(Later("no stock", after=7), age=0, max_age=None, number=99)
    assert Deferred(7, "Later: no stock") == outcome


async def test_a_later_that_says_no_time_fails_as_any_error_does() -> None:
    @consumer("orders/create", retry=POLICY)
    async def handler(delivery: Delivery[bytes]) -> None:
        raise Later("no stock", after="soon")

    outcome = await deliver(handler, ORDER)
    assert isinstance(outcome, Again)
    assert outcome.error.startswith("ValueError: Later(after='soon'): give seconds")
