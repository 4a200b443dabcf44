"""The metrics that a query in Prometheus's language asks for, and those that our commands have."""

import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any, TypeAlias

from prometheus_client.metrics_core import Metric

from ingress import telemetry as of_the_ingress
from runtime import telemetry as of_both
from workers import telemetry as of_workers

_MODULES = (of_both, of_the_ingress, of_workers)
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

Labels: TypeAlias = dict[str, set[str]]
"""The labels of each metric."""


def asked(query: str) -> set[str]:
    """Return the names of our metrics and of the broker's in a query."""
    without_labels = re.sub(r"\{[^}]*\}|\b(?:by|on)\s*\([^)]*\)", "", query)
    return set(re.findall(r"\b(?:hookline|rabbitmq)_\w+", without_labels))


def unknown(query: str) -> list[str]:
    """Return the metrics of ours in a query that there are not, and the labels that none has."""
    there = our_metrics()
    ours = {name for name in asked(query) if name.startswith("hookline_")}
    missing = ours - set(there)
    if missing:
        return sorted(missing)

    labels = {name: there[name] for name in ours}
    return sorted(_narrowed(query, labels) | _grouped(query, labels))


def _narrowed(query: str, there: Labels) -> set[str]:
    """Return the labels between braces that the metric before them does not have."""
    found = set()
    for metric, inside in re.findall(r"\b(hookline_\w+)\{([^}]*)\}", query):
        asked_for = set(re.findall(r"(\w+)\s*=", inside))
        found |= asked_for - there[metric] - ADDED
    return found


def _grouped(query: str, there: Labels) -> set[str]:
    """Return the labels that a query groups or joins by and none of its metrics has."""
    known = ADDED.union(*there.values())
    if "rabbitmq_" in query:
        known |= OF_THE_BROKER
    if "ALERTS" in query:
        known |= OF_ALERTS.union(*our_metrics().values())

    # label_replace(…, "made", "$1", "label", "…") makes a label.
    known |= set(re.findall(r'"(\w+)",\s+"[^"]*",\s+"\w*",\s+"[^"]*"\)', query))
    groups = re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", query)
    return set(re.findall(r"\w+", " ".join(groups))) - known


def our_metrics() -> Labels:
    """Return the names of all samples that either command may show, each with its labels."""
    found: Labels = {}
    for family, labels in _families():
        for suffix in SUFFIXES[family.type]:
            found[f"{family.name}{suffix}"] = labels
    return found


def metrics_of(module: ModuleType) -> list[Any]:
    """Return the metrics that a module holds."""
    return [one for one in vars(module).values() if hasattr(one, "_labelnames")]


def _families() -> Iterator[tuple[Metric, set[str]]]:
    for module in _MODULES:
        for metric in metrics_of(module):
            (family,) = metric.describe()
            yield family, set(metric._labelnames)
