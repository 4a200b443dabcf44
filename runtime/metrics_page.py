"""The page of metrics, as the library would write it, in a fraction of its time.

The library makes several objects for each sample and writes its labels anew for each page; with 200
queues that are thousands of samples, and the event loop stands meanwhile. Here what stands before a
value is made once. When a series began (`…_created`) is left out: Prometheus does not ask for it.
"""

# ruff: noqa: SLF001 - the library's numbers can be had in no other way but the slow one

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.utils import floatToGoString

Labels = tuple[str, ...]
"""Names, or values, of a metric's labels."""

KEPT = 16_384
"""Texts before values that are kept: several times what 200 queues have."""


def metrics_page() -> str:
    """Return all metrics of this process, as Prometheus reads them.

    Where the library is built otherwise than we know, it writes the page itself.
    """
    try:
        return _page()
    except (AttributeError, KeyError, ValueError):
        raw = generate_latest()
        return raw.decode()


def _page() -> str:
    parts: list[str] = []
    others: list[Any] = []
    collectors = list(REGISTRY._collector_to_names)
    for collector in collectors:
        kind = type(collector)
        if kind in _WRITERS:
            parts += _WRITERS[kind](collector)
        else:
            others.append(collector)

    rest = generate_latest(_Some(others))
    written = rest.decode()
    parts.append(written)
    return "\n".join(parts)


class _Some:
    """Some of the registry's collectors, for the library to write."""

    def __init__(self, collectors: Sequence[Any]) -> None:
        self._collectors = collectors

    def collect(self) -> Iterator[Metric]:
        """Yield what each of them has."""
        for collector in self._collectors:
            yield from collector.collect()


def _counter(metric: Any) -> Iterator[str]:
    name = f"{metric._name}_total"
    names = metric._labelnames
    yield _head(metric, name)
    for values, child in _children(metric):
        series = _series(name, names, values)
        number = _number(child)
        yield f"{series}{number!r}"


def _gauge(metric: Any) -> Iterator[str]:
    name = metric._name
    names = metric._labelnames
    yield _head(metric, name)
    for values, child in _children(metric):
        series = _series(name, names, values)
        number = _number(child)
        written = _text(number)
        yield f"{series}{written}"


def _histogram(metric: Any) -> Iterator[str]:
    name = metric._name
    names = metric._labelnames
    bounds = tuple(metric._upper_bounds)
    yield _head(metric, name)
    for values, child in _children(metric):
        template = _histogram_template(name, names, values, bounds)
        buckets = [bucket._value for bucket in child._buckets]
        counts = list(accumulate(buckets))
        total = child._sum._value
        yield template % (*counts, counts[-1], total)


_WRITERS: dict[type, Callable[[Any], Iterable[str]]] = {
    Counter: _counter,
    Gauge: _gauge,
    Histogram: _histogram,
}


def _children(metric: Any) -> Iterable[tuple[Labels, Any]]:
    """Return a metric's series: the values of the labels, and what holds the number."""
    if not metric._labelnames:
        return [((), metric)]
    with metric._lock:
        return list(metric._metrics.items())


def _number(child: Any) -> float:
    """Return what a counter or a gauge is at now."""
    own = vars(child)
    if "_child_samples" in own:  # a function tells
        (sample,) = child._child_samples()
        return float(sample.value)

    # The lock guards against two who count at once: a number is always read whole.
    number: float = child._value._value
    return number


def _head(metric: Any, name: str) -> str:
    slashes = metric._documentation.replace("\\", r"\\")
    told = slashes.replace("\n", r"\n")
    kind = metric._type
    return f"# HELP {name} {told}\n# TYPE {name} {kind}"


@lru_cache(maxsize=KEPT)
def _series(name: str, names: Labels, values: Labels) -> str:
    """Return what stands before a value: `name{label="value"} `."""
    if not names:
        return f"{name} "

    pairs = zip(names, values, strict=True)
    written: list[str] = []
    for label, value in sorted(pairs):
        escaped = _escaped(value)
        written.append(f'{label}="{escaped}"')
    inside = ",".join(written)
    return f"{name}{{{inside}}} "


@lru_cache(maxsize=KEPT)
def _histogram_template(name: str, names: Labels, values: Labels, bounds: tuple[float, ...]) -> str:
    """Return the lines of a histogram, with a place for the number at the end of each.

    The count of each bucket, then that of all, then the sum.
    """
    of_buckets = (*names, "le")
    series: list[str] = []
    for bound in bounds:
        below = _text(bound)
        bucket = _series(f"{name}_bucket", of_buckets, (*values, below))
        series.append(bucket)

    count = _series(f"{name}_count", names, values)
    total = _series(f"{name}_sum", names, values)
    series += [count, total]
    lines = [one.replace("%", "%%") + "%r" for one in series]
    return "\n".join(lines)


def _text(value: float) -> str:
    written: str = floatToGoString(value)  # type: ignore[no-untyped-call]  # it has no types
    return written


def _escaped(value: str) -> str:
    slashes = value.replace("\\", r"\\")
    breaks = slashes.replace("\n", r"\n")
    return breaks.replace('"', r"\"")
