"""So many of each key, and no more memory than is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress.buckets import Buckets, source_of
from schemas.rate import Rate


def test_as_many_as_are_said_can_be_taken_at_once_and_then_one_after_the_other() -> None:
    buckets = Buckets(Rate.parse("6/m"))
    assert [0.0] * 6 == [buckets.take("a", 100) for _ in range(6)]
    assert 10 == pytest.approx(buckets.take("a", 100))
    assert 4 == pytest.approx(buckets.take("a", 106))
    assert 0.0 == buckets.take("a", 110.001)
    assert 0.0 < buckets.take("a", 110.001)


def test_each_key_has_a_bucket_of_its_own() -> None:
    buckets = Buckets(Rate.parse("1/s"))
    assert (0.0, 0.0) == (buckets.take("a", 0), buckets.take("b", 0))
    assert 0.0 < buckets.take("a", 0)


def test_what_is_given_back_can_be_taken_again() -> None:
    buckets = Buckets(Rate.parse("1/h"))
    for _ in range(5):
        assert 0.0 == buckets.take("a", 0)
        buckets.give_back("a")
    buckets.give_back("unknown")
    assert 0.0 == buckets.take("a", 0)
    assert 0.0 < buckets.take("a", 0)


def test_a_million_keys_take_the_room_of_those_that_came_last() -> None:
    buckets = Buckets(Rate.parse("1/h"), most=100)
    for number in range(1_000):
        buckets.take(str(number), 0)
    assert 100 == len(buckets)
    assert 0.0 < buckets.take("999", 0)
    assert 0.0 == buckets.take("0", 0)


TIMES = st.lists(st.floats(0, 600), max_size=60).map(sorted)


@given(TIMES, st.integers(1, 20))
def test_no_more_are_taken_in_any_time_than_the_rate_and_one_bucket(
    times: list[float], count: int
) -> None:
    buckets = Buckets(Rate(count, "m"))
    taken = [now for now in times if buckets.take("a", now) == 0.0]
    for at, first in enumerate(taken):
        for more, last in enumerate(taken[at:], 1):
            assert more <= count + (last - first) * count / 60 + 1e-6


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(address: str, source: str) -> None:
    assert source == source_of(address)
