"""Consumers that work, but not as their author may think."""

from typing import Any

import pytest
from tenacity import (
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    stop_never,
    wait_exponential,
    wait_fixed,
    wait_none,
)

from workers.consumer import Consumer, consumer
from workers.delivery import Delivery
from workers.doubtful_consumers import findings_of_consumers
from workers.once import Once
from workers.options import Rerun
from workers.retry import RetryPolicy
from workers.stores.memory import MemoryStore

DAY = 86_400


def made(
    name: str = "erp",
    timeout: float = 10,
    retry: RetryPolicy | None = None,
    replay: Rerun | None = "safe",
    once: Once | None = None,
) -> Consumer[Any]:
    """Return a consumer of one topic."""

    async def handler(delivery: Delivery[bytes]) -> None: ...

    decorate = consumer(
        "orders/create", name=name, timeout=timeout, retry=retry, replay=replay, once=once
    )
    return decorate(handler)


def fails(state: Any) -> float:
    """Stand for a strategy that fails once it is asked a second time."""
    if state.attempt_number > 1:
        raise ValueError("no")
    return 1.0


THREE = stop_after_attempt(3)
POLICIES = {
    "the default": (RetryPolicy(), ""),
    "a day": (RetryPolicy(wait=wait_fixed(DAY), stop=THREE), ""),
    "longer than a day": (RetryPolicy(wait=wait_fixed(DAY + 1), stop=THREE), "goes round"),
    "longer and longer": (
        RetryPolicy(wait=wait_exponential(multiplier=3600), stop=stop_after_attempt(9)),
        "goes round",
    ),
    "a week, seen though it is the first wait": (
        RetryPolicy(wait=wait_fixed(7 * DAY), stop=stop_after_attempt(2)),
        "7 days",
    ),
    "without end": (RetryPolicy(stop=stop_never), "has not given up"),
    "without end and without a wait": (
        RetryPolicy(wait=wait_none(), stop=stop_never),
        "has not given up",
    ),
    "a year": (RetryPolicy(stop=stop_after_delay(365 * DAY)), "has not given up"),
    "a week": (RetryPolicy(stop=stop_after_delay(7 * DAY)), ""),
    "of one error alone": (
        RetryPolicy(stop=stop_never, retry=retry_if_exception_type(OSError)),
        "has not given up",
    ),
    "failing": (RetryPolicy(wait=fails, stop=stop_never), ""),
}


@pytest.mark.parametrize(("policy", "says"), POLICIES.values(), ids=POLICIES)
def test_a_policy_that_outlasts_the_ladder_is_told(policy: RetryPolicy, says: str) -> None:
    found = [*findings_of_consumers([made(retry=policy)], 25)]
    assert bool(says) == bool(found)
    for finding in found:
        assert "consumer erp" in finding.told
        assert says in finding.told
        assert finding.way_out
        assert not finding.is_wrong


TIMEOUTS = [(25, 25, False), (25.1, 25, True), (30, 0, True), (30, 60, False)]


@pytest.mark.parametrize(("timeout", "drain", "is_told"), TIMEOUTS)
def test_a_handler_that_may_outlast_the_drain_is_told(
    timeout: float, drain: float, is_told: bool
) -> None:
    assert is_told == bool([*findings_of_consumers([made(timeout=timeout)], drain)])


def test_all_that_outlast_the_drain_are_told_at_once_with_the_setting_that_ends_it() -> None:
    consumers = [made("erp", 30), made("mail", 5), made("stock", 90.5)]
    (finding,) = findings_of_consumers(consumers, 25)
    assert "handlers of erp, stock may run for 90.5 s" in finding.told
    assert "HOOKLINE_DRAIN_TIMEOUT=91" in finding.way_out
    assert [] == [*findings_of_consumers(consumers, 91)]


def test_those_that_say_nothing_of_replaying_are_told_at_once() -> None:
    consumers = [made("erp", replay=None), made("mail"), made("stock", replay=None)]
    (finding,) = findings_of_consumers([*consumers, made("bank", replay="never")], 25)
    assert "whether erp, stock may" in finding.told
    assert 'replay="safe"' in finding.way_out
    assert not finding.is_wrong


@pytest.mark.parametrize(
    ("once", "count"),
    [
        (Once(MemoryStore(), key="digest", window="2h"), 1),
        (Once(MemoryStore(), key="digest", window="1h"), 0),
        (Once(MemoryStore(), window="2d"), 0),
    ],
)
def test_a_digest_that_swallows_for_long_is_told(once: Once, count: int) -> None:
    found = [*findings_of_consumers([made(once=once)], 60)]
    assert count == len(found)
    assert all("of two equal bodies within 2h" in one.told for one in found)
