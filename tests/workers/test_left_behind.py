"""Handlers that still run though their time is up: they are counted, told, and hold no more than
their place.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable

import pytest
from tenacity import stop_after_attempt, wait_fixed

from workers import Delivery, RetryPolicy, consumer
from workers.left_behind import left_behind
from workers.outcome import Again, Dead
from workers.telemetry import LEFT_BEHIND
from workers.testing import deliver, webhook

ORDER = webhook("orders/create", {"id": 1})
ONCE = RetryPolicy(wait=wait_fixed(3), stop=stop_after_attempt(2))


async def turns(condition: Callable[[], bool]) -> None:
    """Let the loop turn until the condition holds."""
    while not condition():
        await asyncio.sleep(0)


def still_running() -> float:
    """Return what the metric says of the handlers named `stuck`."""
    return float(LEFT_BEHIND.labels("stuck")._value.get())


async def test_a_plain_handler_that_hangs_is_timed_out_counted_and_told_where_it_stands() -> None:
    release = threading.Event()

    @consumer("orders/create", name="stuck", retry=ONCE, timeout=0.01, concurrency=2)
    def handler(delivery: Delivery[bytes]) -> None:
        release.wait()

    first = await deliver(handler, ORDER)
    last = await deliver(handler, ORDER, attempt_number=2)
    assert Again(3, "TimeoutError: no end after 0.01 s; its thread still runs") == first
    assert isinstance(last, Dead)
    assert "release.wait()" in last.traceback
    assert (2, True) == (still_running(), left_behind(handler).is_full)

    release.set()
    await turns(lambda: still_running() == 0)
    assert not left_behind(handler).is_full


async def test_a_handler_that_ignores_its_cancellation_is_left_behind_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workers.attempt.GRACE", 0.01)
    release = asyncio.Event()

    @consumer("orders/create", name="stuck", retry=ONCE, timeout=0.01, concurrency=1)
    async def handler(delivery: Delivery[bytes]) -> None:
        while not release.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await release.wait()

    outcome = await deliver(handler, ORDER)
    assert (
        Again(3, "TimeoutError: no end after 0.01 s; it ignores its cancellation and still runs")
        == outcome
    )
    assert (1, True) == (still_running(), left_behind(handler).is_full)

    waiting = asyncio.create_task(left_behind(handler).until_changed(60))
    release.set()
    await waiting
    assert (0, False) == (still_running(), left_behind(handler).is_full)


async def test_a_handler_that_ends_in_the_turn_of_its_cancellation_is_not_left_behind() -> None:
    @consumer("orders/create", name="stuck", retry=ONCE, timeout=5, concurrency=1)
    def handler(delivery: Delivery[bytes]) -> None:
        loop.call_soon_threadsafe(task.cancel)

    loop = asyncio.get_running_loop()
    task = asyncio.create_task(deliver(handler, ORDER))
    with pytest.raises(asyncio.CancelledError):
        await task
    await turns(lambda: still_running() == 0)
