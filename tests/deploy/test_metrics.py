"""deploy/METRICS.md says of each metric what the code does, and has no other; names keep the rules
that it gives.
"""

import importlib
import pkgutil
import re

import pytest
from prometheus_client import REGISTRY

import ingress
import runtime
import workers
from tests.deploy.metrics_told import MODULES, registered, told
from tests.deploy.queries import metrics_of

ALL = {name: one for section in MODULES for name, one in told(section).items()}


@pytest.mark.parametrize("section", MODULES)
def test_the_document_says_of_each_metric_what_is_registered(section: str) -> None:
    assert registered(MODULES[section]) == told(section)


def test_no_module_registers_metrics_but_those_three() -> None:
    for package in (runtime, ingress, workers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)

    known = [metric for module in MODULES.values() for metric in metrics_of(module)]
    others = set(REGISTRY._collector_to_names) - set(known)
    names = [name for one in others for name in REGISTRY._collector_to_names[one]]
    assert [] == [name for name in names if name.startswith("hookline_")]


def test_no_gauge_is_called_as_a_counter_is_without_its_end() -> None:
    counters = {name.removesuffix("_total") for name in ALL if name.endswith("_total")}
    assert len(counters) >= 5
    assert set() == counters & set(ALL)


def test_a_name_has_its_unit_or_kind_at_its_end_and_nowhere_whose_it_is() -> None:
    for name, metric in ALL.items():
        assert name.startswith("hookline_")
        assert not re.search(r"_(ingress|workers?)_", name)
        assert name.endswith("_total") == (metric.kind == "counter")
        assert metric.kind != "histogram" or name.endswith("_seconds")
