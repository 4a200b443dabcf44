"""Which attempts a breaker counts, as failed or as succeeded: by what the handler did."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tenacity import retry_if_exception_type, stop_after_attempt

from schemas.names import WorkQueue
from workers import Breaker, Delivery, Reject, Retry, RetryPolicy, consumer
from workers.broker.breaking import Breaking
from workers.circuit import Position
from workers.consumer import BadConsumer
from workers.testing import deliver, webhook

QUEUE = WorkQueue("app", "erp", "orders.create")
ORDER = webhook("orders/create", {"id": 1})
ONE = Breaker(attempts=1)
ONCE = RetryPolicy(stop=stop_after_attempt(1))
NEVER = RetryPolicy(retry=retry_if_exception_type(KeyError))


def raising(error: BaseException) -> Callable[[], None]:
    """Return a function that raises the error."""

    def act() -> None:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "policy", "opens"),
    [
        (RuntimeError("down"), None, True),
        (TimeoutError("of a library"), None, True),
        (RuntimeError("down"), ONCE, True),  # it dies of it, and counts
        (RuntimeError("not worth another attempt"), NEVER, True),
        (SystemExit(1), None, True),
        (Retry("rate limited"), None, False),
        (Retry("rate limited"), ONCE, False),
        (Reject("unknown SKU"), None, False),
    ],
    ids=[
        "an error",
        "a timeout of its own",
        "an error too many",
        "an error that the policy ends",
        "an exit",
        "a wish for another attempt",
        "one wish too many",
        "a refusal",
    ],
)
async def test_errors_count_as_failures_and_what_a_handler_wishes_does_not_count(
    error: BaseException, policy: RetryPolicy | None, opens: bool
) -> None:
    @consumer("orders/create", retry=policy)
    async def erp(delivery: Delivery[bytes]) -> None:
        raise error

    breaking = Breaking(QUEUE, ONE)
    breaking.count(await deliver(erp, ORDER))
    assert opens == (breaking.position(0) is Position.OPEN)


async def test_a_handler_that_is_too_slow_has_failed() -> None:
    @consumer("orders/create", timeout=0.01)
    async def erp(delivery: Delivery[bytes]) -> None:
        await asyncio.sleep(60)

    breaking = Breaking(QUEUE, ONE)
    breaking.count(await deliver(erp, ORDER))
    assert breaking.position(0) is Position.OPEN


async def test_a_body_that_does_not_fit_says_nothing_of_a_downstream() -> None:
    @consumer("orders/create")
    async def erp(delivery: Delivery[dict[str, Any]]) -> None: ...

    breaking = Breaking(QUEUE, ONE)
    breaking.count(await deliver(erp, webhook("orders/create", b"{")))
    assert breaking.position(0) is Position.CLOSED


async def handler(delivery: Delivery[bytes]) -> None:
    """Take whatever comes."""


def test_a_consumer_has_a_breaker_unless_it_says_otherwise() -> None:
    assert Breaker() == consumer("orders/create")(handler).breaker
    assert consumer("orders/create", breaker=None)(handler).breaker is None
    own = Breaker(attempts=5, pause=1)
    assert own == consumer("orders/create", breaker=own)(handler).breaker


@pytest.mark.parametrize("breaker", [False, True, 20, "off", Breaker, {}], ids=str)
def test_what_is_no_breaker_is_refused_where_it_is_written(breaker: Any) -> None:
    with pytest.raises(BadConsumer, match=r"consumer 'handler': breaker=.*None for none"):
        consumer("orders/create", breaker=breaker)(handler)
