"""A worker's share of limits, and what becomes of what is over them."""

import math

import pytest

from schemas.rate import Rate
from workers import Delivery, consumer
from workers.limiter import Limiter
from workers.limits import Limits
from workers.outcome import Deferred


@consumer("orders/create", rate="60/m", per_shop=4, per_shop_rate="6/m")
async def limited(delivery: Delivery[bytes]) -> None:
    """Take it."""


@consumer("orders/create")
async def unlimited(delivery: Delivery[bytes]) -> None:
    """Take it."""


def test_nothing_is_attempted_at_a_rate_that_nobody_knows_how_to_share() -> None:
    limiter = Limiter(limited)
    assert math.inf == limiter.turns.seconds_left
    limiter.share_among(1)
    assert 0.0 == limiter.turns.seconds_left


@pytest.mark.parametrize(("workers", "left"), [(1, 1.0), (2, 2.0), (4, 4.0)])
def test_each_of_several_workers_keeps_to_its_share_of_the_rate(workers: int, left: float) -> None:
    limiter = Limiter(limited)
    limiter.share_among(workers)
    limiter.turns.take()
    limiter.turns.take()
    assert left - 1 < limiter.turns.seconds_left <= 2 * left


def test_without_limits_all_is_attempted_whoever_else_works() -> None:
    limiter = Limiter(unlimited)
    assert not limiter.is_shared
    assert 0.0 == limiter.turns.seconds_left
    assert [None] * 9 == [limiter.enter("a shop", 0, 0) for _ in range(9)]


def test_a_shop_has_its_share_of_places_here_and_one_at_least() -> None:
    limiter = Limiter(limited)
    limiter.limit(Limits(per_shop=4))
    for workers, places in ((1, 4), (2, 2), (4, 1), (9, 1)):
        limiter.share_among(workers)
        entered = [limiter.enter(f"a shop, {workers}", 0, 0) for _ in range(5)]
        assert places == entered.count(None)


@pytest.mark.parametrize(("times", "delay"), [(0, 1), (1, 2), (4, 16), (5, 32), (2**46, 32)])
def test_what_is_put_off_again_and_again_waits_longer_each_time(times: int, delay: float) -> None:
    limiter = Limiter(limited)
    limiter.limit(Limits(per_shop=1))
    limiter.enter("a shop", 0, 0)
    assert Deferred(delay, "Limited: per_shop=1", 3, times + 1) == limiter.enter("a shop", times, 3)


def test_what_is_over_its_shops_rate_waits_for_its_turn_at_least() -> None:
    limiter = Limiter(limited)
    limiter.limit(Limits(per_shop_rate=Rate(1, "h")))
    limiter.enter("a shop", 0, 0)
    put_off = limiter.enter("a shop", 0, 0)
    assert put_off is not None
    assert 3_590 < put_off.delay <= 3_600


def test_a_limit_that_is_lifted_holds_no_more() -> None:
    limiter = Limiter(limited)
    limiter.limit(Limits())
    assert 0.0 == limiter.turns.seconds_left
    assert [None] * 9 == [limiter.enter("a shop", 0, 0) for _ in range(9)]
