"""The metrics that a query in Prometheus's language asks for, and those that our commands have."""

import re
from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from ingress import telemetry as of_the_ingress
from runtime import admin
from workers import left_behind
from workers import telemetry as of_workers

_MODULES = (of_the_ingress, of_workers, left_behind, admin)
"""They register their metrics when they are imported."""

SUFFIXES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
}


def asked(query: str) -> set[str]:
    """Return the names of our metrics and of the broker's in a query."""
    without_labels = re.sub(r"\{[^}]*\}|\b(?:by|on)\s*\([^)]*\)", "", query)
    return set(re.findall(r"\b(?:hookline|rabbitmq)_\w+", without_labels))


def labels_asked(query: str) -> set[tuple[str, str]]:
    """Return each of our metrics in a query with each label that it is narrowed by."""
    found = set()
    for metric, labels in re.findall(r"\b(hookline_\w+)\{([^}]*)\}", query):
        for label in re.findall(r"(\w+)\s*=", labels):
            found.add((metric, label))
    return found


def our_metrics() -> dict[str, set[str]]:
    """Return the names of all samples that either command may show, each with its labels."""
    found: dict[str, set[str]] = {}
    for family, labels in _families():
        for suffix in SUFFIXES[family.type]:
            found[f"{family.name}{suffix}"] = labels
    return found


def _families() -> Iterator[tuple[Metric, set[str]]]:
    for module in _MODULES:
        for metric in vars(module).values():
            if hasattr(metric, "_labelnames"):
                (family,) = metric.describe()
                yield family, set(metric._labelnames)
