"""The short form of every scenario: whatever dies, each 200 is handled or lies dead."""

import re
import sys
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.faults import scenarios
from tests.faults.scenario import SCENARIOS, Scenario
from tests.faults.stage import Stage

scenarios.load()
SLOW = {
    "leader of the busiest queue killed": "each node killed in turn takes the same way",
    "one node frozen": "waits until the others give it up; majority lost and regained freezes two",
    "credentials revoked and restored": "permissions revoked and restored takes the same way",
    "broker stopped and started": "test_survival stops the broker under load too",
    "memory alarm": "disk alarm takes the same way, and test_survival raises this one",
    "webhooks exchange deleted": "the same under two deployments asks for more",
    "ten workers killed at random": "worker killed in mid-handler takes the same way",
    "soak": "its figures mean something after twenty minutes alone",
}
"""Scenarios for `make test-all`, with what guards the promise in `make test` or why that is enough."""


def case(plan: Scenario) -> ParameterSet:
    """Return a scenario as a test, which those that share the cluster run one after the other."""
    marks = []
    if plan.nodes > 1:
        marks.append(pytest.mark.xdist_group("cluster"))
    if plan.name in SLOW:
        marks.append(pytest.mark.slow(SLOW[plan.name]))
    return pytest.param(plan, id=plan.name, marks=marks)


def test_every_scenario_that_is_left_to_test_all_is_there() -> None:
    assert set() == SLOW.keys() - SCENARIOS.keys()


@pytest.mark.timeout(400)
@pytest.mark.parametrize("plan", [case(plan) for plan in SCENARIOS.values()])
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
