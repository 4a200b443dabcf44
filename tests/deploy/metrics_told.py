"""What deploy/METRICS.md says of each metric, and what the commands register and serve."""

import re
from types import ModuleType
from typing import NamedTuple

from ingress import telemetry as of_the_ingress
from runtime import telemetry as of_both
from tests.deploy.overlays import ROOT
from tests.deploy.queries import metrics_of
from workers import telemetry as of_workers

DOCUMENT = (ROOT / "deploy/METRICS.md").read_text()
BOTH = "Both commands"
MODULES: dict[str, ModuleType] = {
    BOTH: of_both,
    "Ingress": of_the_ingress,
    "Workers": of_workers,
}
"""The module that registers what a section of the document tells of."""

_ADDED = {"le", "process"}
"""Labels that a histogram adds, and the one page of several processes."""
_PARTS = re.compile(r"_(total|bucket|sum|count|created)$")


class Told(NamedTuple):
    """What there is to say of a metric."""

    kind: str
    labels: tuple[str, ...]
    says: str


def told(section: str) -> dict[str, Told]:
    """Return what a section of the document says, by the metric's name."""
    text = DOCUMENT.split(f"\n## {section}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+?) \| (.+?) \| [^|]+ \|$", text, re.MULTILINE)
    assert len(rows) == text.count("\n| `")
    return {
        name: Told(kind, tuple(re.findall(r"`(\w+)`", labels)), says)
        for name, kind, labels, says in rows
    }


def registered(module: ModuleType) -> dict[str, Told]:
    """Return what a module registers, by the name that Prometheus reads."""
    found = {}
    for metric in metrics_of(module):
        (family,) = metric.describe()
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = Told(family.type, tuple(metric._labelnames), family.documentation)
    return found


def served(page: str) -> dict[str, str]:
    """Return the type of each metric of ours on a page, but for when counters began."""
    types = re.findall(r"^# TYPE (hookline_\w+) (\w+)$", page, re.MULTILINE)
    return {name: kind for name, kind in types if not name.endswith("_created")}


def unknown_labels(page: str, known: dict[str, Told]) -> dict[str, set[str]]:
    """Return the labels that samples on a page have and nobody knows, by the samples' name."""
    by_stem = {_PARTS.sub("", name): one for name, one in known.items()}
    found: dict[str, set[str]] = {}
    for name, inside in re.findall(r"^(hookline_\w+)\{(.*)\} \S+$", page, re.MULTILINE):
        labels = set(re.findall(r'(?:^|,)(\w+)="', inside))
        unknown = labels - _ADDED - set(by_stem[_PARTS.sub("", name)].labels)
        if unknown:
            found[name] = unknown
    return found
