"""When another attempt is due, as tables: the arithmetic stands beside each row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenacity import (
    retry_if_exception_type,
    retry_if_not_exception_message,
    stop_after_attempt,
    stop_after_delay,
    stop_before_delay,
    stop_never,
    wait_chain,
    wait_exponential,
    wait_fixed,
    wait_random_exponential,
)

from schemas.dead_letter import Reason
from schemas.ladder import rung_for
from workers.delivery import Retry
from workers.retry import MAX_DELAY, RetryPolicy

BOOM = RuntimeError("boom")
EXPONENTIAL = RetryPolicy(wait=wait_exponential(multiplier=5, max=3600), stop=stop_after_attempt(8))


@pytest.mark.parametrize(
    ("attempt", "delay"),
    [
        (1, 5.0),  # 5 * 2^0
        (2, 10.0),  # 5 * 2^1
        (7, 320.0),  # 5 * 2^6
        (8, Reason.EXHAUSTED),
        (9, Reason.EXHAUSTED),
    ],
)
def test_waits_grow_until_the_attempts_are_used_up(attempt: int, delay: float | Reason) -> None:
    assert delay == EXPONENTIAL.delay(BOOM, attempt, 0)


@pytest.mark.parametrize(
    ("policy", "error", "elapsed", "decision"),
    [
        (RetryPolicy(stop=stop_after_delay(60)), BOOM, 59, 5.0),
        (RetryPolicy(stop=stop_after_delay(60)), BOOM, 60, Reason.EXPIRED),
        (RetryPolicy(stop=stop_before_delay(60)), BOOM, 56, Reason.EXPIRED),  # 56 + 5 > 60
        (RetryPolicy(stop=stop_after_attempt(9) | stop_after_delay(60)), BOOM, 61, Reason.EXPIRED),
        (RetryPolicy(stop=stop_after_attempt(1) | stop_after_delay(60)), BOOM, 61, Reason.EXHAUSTED),
        (RetryPolicy(retry=retry_if_exception_type(OSError)), BOOM, 0, Reason.EXHAUSTED),
        (RetryPolicy(retry=retry_if_exception_type(OSError)), OSError(), 0, 5.0),
        (RetryPolicy(retry=retry_if_not_exception_message("boom")), BOOM, 0, Reason.EXHAUSTED),
        (RetryPolicy(wait=wait_chain(wait_fixed(3), wait_fixed(9))), BOOM, 0, 3.0),
        (RetryPolicy(wait=wait_fixed(3) + wait_fixed(4)), BOOM, 0, 7.0),
        (RetryPolicy(), Retry("busy"), 0, 5.0),
        (RetryPolicy(), Retry("busy", after=30), 0, 30.0),
        (RetryPolicy(retry=retry_if_exception_type(OSError)), Retry("busy", after=30), 0, 30.0),
        (RetryPolicy(stop=stop_after_attempt(1)), Retry("busy", after=30), 0, Reason.EXHAUSTED),
        (RetryPolicy(), SystemExit(1), 0, 5.0),
    ],
)
def test_tenacitys_strategies_decide(
    policy: RetryPolicy, error: BaseException, elapsed: float, decision: float | Reason
) -> None:
    assert decision == policy.delay(error, 1, elapsed)


@given(st.floats(0, MAX_DELAY), st.integers(1, 50))
def test_a_delay_is_never_below_what_the_policy_asks_for(wait: float, attempt: int) -> None:
    delay = RetryPolicy(wait=wait_fixed(wait), stop=stop_never).delay(BOOM, attempt, 0)
    assert delay == wait
    assert rung_for(delay) >= min(delay, 86_400)


@given(st.integers(1, 2000))
def test_jitter_and_huge_exponents_still_give_a_time(attempt: int) -> None:
    for wait in (wait_random_exponential(multiplier=1), wait_exponential(multiplier=5)):
        delay = RetryPolicy(wait=wait, stop=stop_never).delay(BOOM, attempt, 0)
        assert isinstance(delay, float)
        assert 0 <= delay <= MAX_DELAY


@pytest.mark.parametrize("after", [-1, float("inf"), float("nan")])
def test_a_retry_after_no_time_is_refused(after: float) -> None:
    with pytest.raises(ValueError, match="seconds"):
        Retry("soon", after=after)
