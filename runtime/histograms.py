"""What a histogram of Prometheus has seen between two looks at it."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from prometheus_client import Histogram


class Seen(NamedTuple):
    """What a histogram holds.

    `counts` are the observations up to each of `bounds`, `total` is their sum.
    """

    bounds: tuple[float, ...] = (inf,)
    counts: tuple[float, ...] = (0,)
    total: float = 0.0

    @property
    def observed(self) -> float:
        """All observations."""
        return self.counts[-1]


NOTHING = Seen()


def seen(histogram: Histogram) -> Seen:
    """Look at a histogram; of one with labels, at one of its children."""
    bounds: list[float] = []
    counts: list[float] = []
    total = 0.0
    for family in histogram.collect():
        for sample in family.samples:
            if sample.name.endswith("_bucket"):
                bound = float(sample.labels["le"])
                bounds.append(bound)
                counts.append(sample.value)
            elif sample.name.endswith("_sum"):
                total = sample.value
    return Seen(tuple(bounds), tuple(counts), total)


def mean(before: Seen, now: Seen) -> float | None:
    """Return the mean of what was observed in between; None where nothing was."""
    count = now.observed - before.observed
    if not count:
        return None
    return (now.total - before.total) / count


def quantile(before: Seen, now: Seen, share: float) -> float:
    """Return what `share` of the observations in between were not above; 0 where there were none.

    It lies within a bucket, and is taken as if those in there were spread evenly, as Prometheus
    does it; beyond the last bound it is that bound.
    """
    counts = _grown(before, now)
    wanted = share * counts[-1]
    lower = 0.0
    under = 0.0
    if not wanted:
        return lower

    for bound, count in zip(now.bounds, counts, strict=True):
        if count >= wanted:
            if bound == inf:
                return lower
            part = (wanted - under) / (count - under)
            return lower + part * (bound - lower)
        lower = bound
        under = count
    return lower


def _grown(before: Seen, now: Seen) -> Sequence[float]:
    if before.bounds != now.bounds:
        return now.counts
    pairs = zip(before.counts, now.counts, strict=True)
    return [after - earlier for earlier, after in pairs]
