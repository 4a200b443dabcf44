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


ADDED = {"job", "instance", "process", "le"}
"""Labels that are added by Prometheus, by several processes on one page, by a histogram."""
OF_THE_BROKER = {"vhost", "queue"}
OF_ALERTS = {"alertname", "severity"} | OF_THE_BROKER


def asked(query: str) -> set[str]:
    """Return the names of our metrics and of the broker's in a query."""
    without_labels = re.sub(r"\{[^}]*\}|\b(?:by|on)\s*\([^)]*\)", "", query)
    return set(re.findall(r"\b(?:hookline|rabbitmq)_\w+", without_labels))


def unknown(query: str) -> list[str]:
    """Return the metrics of ours in a query that there are not, and the labels that none has."""
    there = our_metrics()
    ours = {name for name in asked(query) if name.startswith("hookline_")}
    if missing := ours - set(there):
        return sorted(missing)

    found = []
    for metric, labels in re.findall(r"\b(hookline_\w+)\{([^}]*)\}", query):
        narrowed = set(re.findall(r"(\w+)\s*=", labels))
        found += sorted(narrowed - there[metric] - ADDED)

    groups = re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", query)
    grouped = {label for group in groups for label in re.findall(r"\w+", group)}
    known = ADDED.union(*(there[metric] for metric in ours))
    if "ALERTS" in query:
        known |= set().union(*there.values()) | OF_ALERTS
    if "rabbitmq_" in query:
        known |= OF_THE_BROKER
    return found + sorted(grouped - known)


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
