"""A policy that cannot decide, whatever is wrong with it or with the error, is replaced by the
default one.
"""

from typing import Any

import pytest
from tenacity import retry_if_exception_message, stop_after_attempt, wait_fixed
from tenacity.wait import wait_base

from schemas.dead_letter import Reason
from workers import Delivery, RetryPolicy, consumer
from workers.outcome import Again, Dead, Outcome
from workers.testing import deliver, webhook

ORDER = webhook("orders/create", {"id": 1})
TWICE = RetryPolicy(wait=wait_fixed(3), stop=stop_after_attempt(2))


class Speechless(Exception):
    """Raises where it is to say something, and takes no notes."""

    def __str__(self) -> str:
        """Fail, and end the process where nobody looks."""
        raise SystemExit(3)

    def add_note(self, _: str) -> None:
        """Fail."""
        raise TypeError


class Answers(wait_base):
    """A strategy that answers something, and later something else."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def __call__(self, retry_state: Any) -> Any:
        """Answer."""
        return self.answer


async def outcome_of(error: BaseException, policy: RetryPolicy, attempt_number: int = 1) -> Outcome:
    """Return the outcome of a handler that raises the error."""

    @consumer("orders/create", retry=policy)
    async def handler(delivery: Delivery[bytes]) -> None:
        raise error

    return await deliver(handler, ORDER, attempt_number=attempt_number)


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), "soon", None])
async def test_a_wait_that_is_no_number_of_seconds_is_replaced(answer: Any) -> None:
    strategy = Answers(3.0)
    policy = RetryPolicy(wait=strategy)
    strategy.answer = answer
    outcome = await outcome_of(RuntimeError("boom"), policy)
    assert isinstance(outcome, Again)
    assert 0 < outcome.delay < 20 * 365 * 86_400


async def test_an_error_whose_text_raises_is_retried_by_the_policy() -> None:
    first = await outcome_of(Speechless(), TWICE)
    second = await outcome_of(Speechless(), TWICE, 2)
    assert Again(3, "Speechless: <no text: str() raised SystemExit>") == first
    assert isinstance(second, Dead)
    assert second.reason is Reason.EXHAUSTED
    assert "in handler" in second.traceback


async def test_a_strategy_that_looks_at_a_text_that_raises_is_replaced() -> None:
    outcome = await outcome_of(
        Speechless(), RetryPolicy(retry=retry_if_exception_message(match="timeout"))
    )
    assert Again(5, "Speechless: <no text: str() raised SystemExit>") == outcome


class Untouchable(Exception):
    """Raises at whatever is asked of it, its class as well."""

    def __getattribute__(self, name: str) -> Any:
        """Fail."""
        raise RuntimeError("hands off")


async def test_an_error_that_cannot_be_looked_at_is_retried_by_the_policy() -> None:
    first = await outcome_of(Untouchable(), TWICE)
    second = await outcome_of(Untouchable(), TWICE, 2)
    assert Again(3, "RuntimeError: hands off") == first
    assert isinstance(second, Dead)
    assert second.reason is Reason.EXHAUSTED
