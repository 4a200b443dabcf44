"""The page of metrics says what the library's own would say."""

import math
from collections.abc import Iterator

import pytest
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    Summary,
    generate_latest,
)
from prometheus_client.parser import text_string_to_metric_families

from runtime import metrics_page

LABELS = ("zeta", "alpha")
ODD = ("100 %r", 'a "quoted\\\n{name="x"} 1')


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> CollectorRegistry:
    """A registry of its own, which the page shows."""
    own = CollectorRegistry()
    monkeypatch.setattr(metrics_page, "REGISTRY", own)
    return own


def samples(page: str) -> Iterator[tuple[str, str, str, frozenset[tuple[str, str]], str]]:
    """Yield what a page says: each sample with its family's type and words."""
    for family in text_string_to_metric_families(page):
        for one in family.samples:
            if not one.name.endswith("_created"):
                labels = frozenset(one.labels.items())
                # as text: a value that is not a number is not equal to itself
                yield family.documentation, family.type, one.name, labels, repr(one.value)


def fill(registry: CollectorRegistry) -> None:
    """Register metrics of each kind, with and without labels, and with odd numbers."""
    Counter("plain_total", "Without labels, a \\ and\na new line", registry=registry).inc(3)
    counter = Counter("many_total", "With labels.", LABELS, registry=registry)
    counter.labels(*ODD).inc(1e17)
    counter.labels("b", "").inc(0.5)

    gauge = Gauge("level", "Now.", LABELS, registry=registry)
    for place, value in enumerate((math.nan, math.inf, -math.inf, -1.5, 1e-9, 123456789.25)):
        gauge.labels(str(place), "x").set(value)
    gauge.labels("asked", "x").set_function(lambda: 7)
    Gauge("nobody", "No series.", ["label"], registry=registry)

    seconds = Histogram("took_seconds", "How long.", LABELS, registry=registry, buckets=(0.1, 1))
    seconds.labels(*ODD).observe(0.05)
    seconds.labels(*ODD).observe(1)
    seconds.labels(*ODD).observe(99)
    Histogram("alone_seconds", "Without labels.", registry=registry).observe(3)

    Info("build", "Of the author's.", registry=registry).info({"version": "1"})
    Summary("author_seconds", "Of the author's.", registry=registry).observe(2)
    Enum("state", "Of the author's.", states=["on", "off"], registry=registry)


def test_it_says_what_the_librarys_own_says(registry: CollectorRegistry) -> None:
    fill(registry)
    expected = sorted(samples(generate_latest(registry).decode()))
    assert len(expected) > 30
    assert expected == sorted(samples(metrics_page.metrics_page()))


def test_it_says_the_numbers_of_now_and_forgets_series_that_are_gone(
    registry: CollectorRegistry,
) -> None:
    gauge = Gauge("level", "Now.", ["label"], registry=registry)
    gauge.labels("a").set(1)
    assert 'level{label="a"} 1.0\n' in metrics_page.metrics_page()
    gauge.labels("a").set(2)
    assert 'level{label="a"} 2.0\n' in metrics_page.metrics_page()
    gauge.clear()
    assert "level{" not in metrics_page.metrics_page()


def test_where_the_library_is_built_otherwise_it_writes_the_page_itself(
    registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(registry)
    monkeypatch.delattr(registry, "_collector_to_names")
    with pytest.raises(AttributeError):
        metrics_page._page()

    asked = generate_latest(REGISTRY).decode()
    assert set(samples(metrics_page.metrics_page())).issuperset(
        one for one in samples(asked) if one[2] == "python_info"
    )
