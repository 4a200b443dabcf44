"""What a histogram has seen between two looks."""

from math import inf

import pytest
from prometheus_client import CollectorRegistry, Histogram

from runtime.histograms import NOTHING, Seen, mean, quantile, seen


@pytest.fixture
def histogram() -> Histogram:
    """One with three buckets: up to 1, up to 2, beyond."""
    return Histogram("h", "of this test", ["who"], buckets=(1, 2), registry=CollectorRegistry())


def test_a_look_sees_one_child_alone(histogram: Histogram) -> None:
    histogram.labels("other").observe(9)
    for value in (0.5, 1.5, 1.5):
        histogram.labels("one").observe(value)
    assert Seen((1, 2, inf), (1, 3, 3), 3.5) == seen(histogram.labels("one"))


def test_what_was_seen_before_counts_no_more(histogram: Histogram) -> None:
    child = histogram.labels("one")
    child.observe(100)
    before = seen(child)
    assert mean(before, before) is None
    assert 0 == quantile(before, before, 0.95)

    for _ in range(4):
        child.observe(0.5)
    now = seen(child)
    assert 0.5 == mean(before, now)
    assert 0.95 == quantile(before, now, 0.95)


@pytest.mark.parametrize(
    ("counts", "share", "expected"),
    [
        ((10, 10, 10), 0.5, 0.5),
        ((0, 10, 10), 0.5, 1.5),
        ((5, 10, 10), 1.0, 2.0),
        ((5, 5, 10), 0.95, 2.0),  # beyond the last bound it is that bound
        ((0, 0, 0), 0.95, 0.0),
    ],
)
def test_a_quantile_lies_within_its_bucket(
    counts: tuple[float, ...], share: float, expected: float
) -> None:
    now = Seen((1, 2, inf), counts, 0)
    assert expected == quantile(NOTHING, now, share)
