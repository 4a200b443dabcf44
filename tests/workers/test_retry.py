"""When another attempt is due, as tables: the arithmetic stands beside each row."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenacity import (
    retry_if_exception_type,
    retry_if_not_exception_message,
    stop_after_attempt,
    stop_after_delay,
    stop_any,
    stop_before_delay,
    stop_never,
    wait_chain,
    wait_exponential,
    wait_fixed,
    wait_random_exponential,
)
from tenacity.asyncio import retry as async_strategies

from schemas.dead_letter import Reason
from schemas.ladder import rung_for
from workers.delivery import Retry
from workers.retry import MAX_DELAY, RetryPolicy
from workers.strategies import BadPolicy

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


def test_the_default_policy_makes_twelve_attempts_in_two_and_a_half_hours_three_on_the_ladder() -> (
    None
):
    *waits, last = [RetryPolicy().delay(BOOM, attempt, 0) for attempt in range(1, 13)]
    assert [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600] == waits
    assert Reason.EXHAUSTED == last
    seconds = [float(wait) for wait in waits]
    assert 2.4 * 3600 < sum(seconds) < 2.5 * 3600
    assert 3.1 * 3600 < sum(map(rung_for, seconds)) < 3.2 * 3600


@pytest.mark.parametrize(
    ("policy", "error", "elapsed", "decision"),
    [
        (RetryPolicy(stop=stop_after_delay(60)), BOOM, 59, 5.0),
        (RetryPolicy(stop=stop_after_delay(60)), BOOM, 60, Reason.EXPIRED),
        (RetryPolicy(stop=stop_before_delay(60)), BOOM, 56, Reason.EXPIRED),  # 56 + 5 > 60
        (RetryPolicy(stop=stop_after_attempt(9) | stop_after_delay(60)), BOOM, 61, Reason.EXPIRED),
        (
            RetryPolicy(stop=stop_after_attempt(1) | stop_after_delay(60)),
            BOOM,
            61,
            Reason.EXHAUSTED,
        ),
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


NOT_A_TIME = [
    float("inf"),
    float("nan"),
    True,
    "",
    "soon",
    "nan",
    "1_000",
    "Mon, 32 Foo 2026",
    object(),
    b"30",
    [30],
    10**400,
]


@pytest.mark.parametrize("after", NOT_A_TIME)
def test_a_retry_after_no_time_is_refused_and_says_that_the_policy_decides(after: Any) -> None:
    with pytest.raises(
        ValueError, match=r"Retry\(after=.*seconds, a timedelta, or the text.*policy decides"
    ):
        Retry("soon", after=after)


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        (None, None),
        (30, 30.0),
        (0.5, 0.5),
        (-1, 0.0),
        (Decimal("1.5"), 1.5),
        (timedelta(minutes=2), 120.0),
        (timedelta(minutes=-2), 0.0),
        ("30", 30.0),
        (" 120 ", 120.0),
        ("1.5", 1.5),
        ("-5", 0.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
    ],
    ids=str,
)
def test_a_retry_is_told_its_time_in_any_of_the_forms_that_apis_give(
    after: Any, seconds: float | None
) -> None:
    assert seconds == Retry("busy", after=after).after


class Busy(Retry):
    """A wish of an author's own that forgets to make what it comes from."""

    def __init__(self) -> None:
        """Do nothing."""


class Later(Busy):
    """One with a time of its own for all."""

    after = timedelta(minutes=1)  # type: ignore[assignment]


@pytest.mark.parametrize(("error", "delay"), [(Busy(), 5.0), (Later(), 60.0)])
def test_a_retry_of_the_authors_own_class_is_one_too(error: Retry, delay: float) -> None:
    assert delay == RetryPolicy().delay(error, 1, 0)


FORMS = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"]


@pytest.mark.parametrize("form", FORMS, ids=["IMF-fixdate", "RFC 850", "asctime"])
def test_a_retry_after_an_http_date_waits_until_then(form: str) -> None:
    then = datetime.now(UTC) + timedelta(hours=1)
    after = Retry("busy", after=then.strftime(form)).after
    assert after is not None
    assert 3500 < after <= 3600


def give(**parts: Any) -> RetryPolicy:
    """Make a policy of what a type checker would not let through."""
    return RetryPolicy(**parts)


async def later(state: Any) -> bool:
    """Decide as tenacity's async strategies do."""
    return True


@pytest.mark.parametrize(
    ("parts", "advice"),
    [
        ({"stop": 3}, r"write stop=stop_after_attempt\(3\)"),
        ({"stop": 60.0}, r"write stop=stop_after_delay\(60.0\)"),
        ({"stop": timedelta(minutes=1)}, r"write stop=stop_after_delay\("),
        ({"stop": None}, "write stop=stop_after_attempt"),
        ({"stop": True}, "write stop=stop_after_attempt"),
        ({"stop": stop_after_attempt}, "an object of the class"),
        ({"stop": wait_fixed(3)}, "goes to wait="),
        ({"stop": stop_after_attempt("3")}, "fails when it is asked"),  # type: ignore[arg-type]
        ({"stop": stop_any(3)}, "fails when it is asked"),  # type: ignore[arg-type]
        ({"stop": lambda state: stop_after_attempt(3)}, "where yes or no is asked"),
        ({"stop": lambda: True}, "fails when it is asked"),
        ({"wait": 5}, r"write wait=wait_fixed\(5\)"),
        ({"wait": timedelta(seconds=5)}, r"write wait=wait_fixed\("),
        ({"wait": "5"}, "write wait=wait_exponential"),
        ({"wait": stop_never}, "goes to stop="),
        ({"wait": lambda state: None}, "no number of seconds"),
        ({"wait": lambda state: float("nan")}, "no number of seconds"),
        ({"retry": ValueError}, r"write retry=retry_if_exception_type\(ValueError\)"),
        ({"retry": (ValueError, OSError)}, "write retry=retry_if_exception_type"),
        ({"retry": 3}, r"write stop=stop_after_attempt\(3\)"),
        ({"retry": True}, "write retry=retry_if_exception_type"),
        ({"retry": later}, "async strategies"),
        ({"retry": async_strategies.retry_if_exception(later)}, "async strategies"),
        ({"retry": stop_never}, "goes to stop="),
    ],
)
def test_what_is_no_strategy_is_refused_and_tenacitys_class_for_it_named(
    parts: dict[str, Any], advice: str
) -> None:
    with pytest.raises(BadPolicy, match=advice):
        give(**parts)


def test_functions_are_strategies_as_with_tenacity_and_may_fail_on_an_unexpected_error() -> None:
    policy = RetryPolicy(
        wait=lambda state: 2.0 * state.attempt_number,
        stop=lambda state: state.attempt_number == 3,
        retry=lambda state: state.outcome.exception().status == 429,  # type: ignore[union-attr]
    )
    busy = RuntimeError()
    busy.status = 429  # type: ignore[attr-defined]
    assert 4.0 == policy.delay(busy, 2, 0)
    assert Reason.EXHAUSTED == policy.delay(busy, 3, 0)


def test_a_wait_that_is_no_number_is_an_error_and_not_a_delay() -> None:
    policy = RetryPolicy(wait=lambda state: float("nan" if state.attempt_number == 2 else 1))
    with pytest.raises(ValueError, match="no number"):
        policy.delay(BOOM, 2, 0)
