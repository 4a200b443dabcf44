"""One attempt: whatever the handler does becomes an outcome. Run by the test kit, which is the
worker's own path.
"""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator
from tenacity import stop_after_attempt, wait_fixed
from tenacity.wait import wait_base

from schemas.dead_letter import Reason
from schemas.payloads import Customer, Order
from workers import Delivery, Reject, Retry, RetryPolicy, consumer
from workers.outcome import Again, Dead, Done, Outcome
from workers.testing import deliver, webhook

ORDER = webhook("orders/create", {"id": 1})
ONCE = RetryPolicy(wait=wait_fixed(3), stop=stop_after_attempt(2))


async def outcome_of(
    act: Callable[[], Any], *, attempt_number: int = 1, timeout: float = 5
) -> Outcome:
    """Return the outcome of a handler that does this."""

    @consumer("orders/create", retry=ONCE, timeout=timeout)
    async def handler(delivery: Delivery[bytes]) -> None:
        result = act()
        if isinstance(result, Awaitable):
            await result

    return await deliver(handler, ORDER, attempt_number=attempt_number)


def raising(error: BaseException) -> Callable[[], None]:
    """Return a function that raises the error."""

    def act() -> None:
        raise error

    return act


async def test_a_handler_that_returns_is_done() -> None:
    assert Done() == await outcome_of(lambda: None)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Retry("busy", after=30), Again(30, "Retry: busy")),
        (Retry("busy"), Again(3, "Retry: busy")),
        (RuntimeError("boom"), Again(3, "RuntimeError: boom")),
        (SystemExit(1), Again(3, "SystemExit: 1")),
        (KeyboardInterrupt(), Again(3, "KeyboardInterrupt: ")),
        (asyncio.CancelledError(), Again(3, "CancelledError: ")),
        (TimeoutError("the ERP's own"), Again(3, "TimeoutError: the ERP's own")),
    ],
)
async def test_what_a_handler_raises_is_retried_by_the_policy(
    error: BaseException, outcome: Outcome
) -> None:
    assert outcome == await outcome_of(raising(error))


async def test_a_rejected_webhook_is_dead_at_once_with_its_traceback() -> None:
    outcome = await outcome_of(raising(Reject("unknown SKU")))
    assert isinstance(outcome, Dead)
    assert (Reason.REJECTED, "Reject: unknown SKU") == (outcome.reason, outcome.error)
    assert "in act" in outcome.traceback


async def test_the_last_attempt_that_fails_is_exhausted() -> None:
    outcome = await outcome_of(raising(RuntimeError("boom")), attempt_number=2)
    assert isinstance(outcome, Dead)
    assert outcome.reason is Reason.EXHAUSTED


async def test_a_handler_that_does_not_come_back_is_timed_out() -> None:
    outcome = await outcome_of(asyncio.Event().wait, timeout=0.01)
    assert isinstance(outcome, Again)
    assert outcome.error.startswith("TimeoutError")


async def test_a_handler_that_cancels_itself_and_ends_before_it_takes_effect_has_failed() -> None:
    async def act() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    assert Again(3, "CancelledError: ") == await outcome_of(act)


async def test_a_validator_that_raises_what_it_should_not_makes_a_dead_letter_and_not_the_end() -> (
    None
):
    def leave(value: Any) -> Any:
        raise SystemExit(1)

    @consumer("orders/create")
    async def handler(delivery: Delivery[Annotated[dict[str, Any], AfterValidator(leave)]]) -> None:
        """Take nothing."""

    outcome = await deliver(handler, ORDER)
    assert isinstance(outcome, Dead)
    assert (Reason.INVALID_PAYLOAD, "SystemExit: 1") == (outcome.reason, outcome.error)


async def test_the_cancellation_of_the_worker_itself_is_no_outcome() -> None:
    running = asyncio.Event()

    async def act() -> None:
        running.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(outcome_of(act))
    await running.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_plain_handler_runs_in_a_thread_and_its_errors_count() -> None:
    threads = []

    @consumer("orders/create", retry=ONCE)
    def handler(delivery: Delivery[bytes]) -> None:
        threads.append(threading.current_thread())
        if delivery.attempt == 1:
            raise Reject("no")

    first, second = await deliver(handler, ORDER), await deliver(handler, ORDER, attempt_number=2)
    assert isinstance(first, Dead)
    assert second == Done()
    assert threading.main_thread() not in threads


async def test_a_handler_that_swallows_its_cancellation_and_returns_is_timed_out_all_the_same() -> (
    None
):
    async def act() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    assert Again(3, "TimeoutError: no end after 0.01 s") == await outcome_of(act, timeout=0.01)


@pytest.mark.parametrize("plain", [False, True], ids=["async", "plain"])
@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("ok", Done()),
        (Retry("busy", after=7), Again(7, "Retry: busy")),
        (asyncio.CancelledError(), Again(3, "CancelledError: ")),
    ],
)
async def test_an_error_that_is_returned_counts_as_raised_and_any_other_value_as_nothing(
    value: Any,
    outcome: Outcome,
    plain: bool,
) -> None:
    async def coroutine(_: Delivery[bytes]) -> Any:
        return value

    def function(_: Delivery[bytes]) -> Any:
        return value

    handler = consumer("orders/create", retry=ONCE, name="returning")(
        function if plain else coroutine
    )
    assert outcome == await deliver(handler, ORDER)


async def test_an_async_function_behind_a_plain_one_is_awaited() -> None:
    async def inner() -> None:
        raise Retry("from inside", after=7)

    @consumer("orders/create")
    def handler(delivery: Delivery[bytes]) -> Any:
        return inner()

    assert Again(7, "Retry: from inside") == await deliver(handler, ORDER)


@consumer("orders/create")
async def typed(delivery: Delivery[Order]) -> None:
    """Take an order."""


BAD = [
    (b"{not json", "application/json", Reason.MALFORMED, "Undecodable"),
    (b"<order>", "application/xml", Reason.MALFORMED, "Undecodable"),
    (b"{}", "text/plain", Reason.MALFORMED, "neither JSON nor XML"),
    (
        b'{"id": "secret words"}',
        "application/json",
        Reason.INVALID_PAYLOAD,
        "id: Input should be a valid integer",
    ),
    (b"[1]", "application/json", Reason.INVALID_PAYLOAD, "body: Input should be"),
]


@pytest.mark.parametrize(("body", "content_type", "reason", "error"), BAD)
async def test_a_body_that_does_not_fit_is_dead_at_once(
    body: bytes, content_type: str, reason: Reason, error: str
) -> None:
    outcome = await deliver(typed, webhook("orders/create", body, content_type=content_type))
    assert isinstance(outcome, Dead)
    assert outcome.reason is reason
    assert error in outcome.error
    assert "secret words" not in outcome.error


class Broken(wait_base):
    """A strategy of an author's with a bug."""

    def __call__(self, retry_state: Any) -> float:
        """Fail."""
        raise ZeroDivisionError


async def test_a_policy_that_fails_is_replaced_by_the_default_one() -> None:
    @consumer("orders/create", retry=RetryPolicy(wait=Broken()))
    async def handler(delivery: Delivery[Customer]) -> None:
        raise RuntimeError("boom")

    assert Again(5, "RuntimeError: boom") == await deliver(handler, ORDER)


async def test_a_validation_error_of_the_handlers_own_does_not_quote_the_body() -> None:
    outcome = await outcome_of(lambda: Order.model_validate({"id": "secret words"}))
    assert isinstance(outcome, Again)
    assert ("ValidationError: id: Input should be", False) == (
        outcome.error[:36],
        "secret words" in outcome.error,
    )
