"""The short form of every scenario: whatever dies, each 200 is handled or lies dead."""

import re
import sys
from operator import attrgetter
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.faults import scenarios
from tests.faults.stage import SCENARIOS, Scenario, Stage

scenarios.load()
PLANS = sorted(SCENARIOS.values(), key=attrgetter("nodes"))
OFTEN = {
    "worker killed in mid-handler",
    "worker killed before its retries were confirmed",
    "ten workers killed at random",
    "poison among innocents",
    "ingress killed under load",
    "broker killed and started",
    "retries fall due while no worker runs",
    "webhooks exchange deleted",
    "each node killed in turn",
}
"""One for each promise of the README; the others run in `make test-all`."""


def marked(plan: Scenario) -> ParameterSet:
    """Return the scenario as a case of the test below."""
    marks = () if plan.name in OFTEN else pytest.mark.slow
    return pytest.param(plan, id=plan.name, marks=marks)


def test_the_scenarios_that_run_often_are_there() -> None:
    assert set(SCENARIOS) >= OFTEN


@pytest.mark.timeout(400)
@pytest.mark.parametrize("plan", map(marked, PLANS))
async def test_no_200_is_lost(
    plan: Scenario, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    nodes = request.getfixturevalue("single" if plan.nodes == 1 else "three")
    app = "f" + re.sub("[^a-z]", "", plan.name.lower())
    row = await Stage(nodes, app, tmp_path, plan, full=False).play(plan.name, "short")
    sys.stderr.write(f"{row}\n")
    assert row.ok > 0
    assert (0, 0) == (row.lost, row.other), row
    assert row.recovery is not None, row
