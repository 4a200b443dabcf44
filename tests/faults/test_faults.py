"""The short form of every scenario: whatever dies, each 200 is handled or lies dead."""

import re
import sys
from operator import attrgetter
from pathlib import Path

import pytest

from tests.faults import scenarios
from tests.faults.stage import SCENARIOS, Scenario, Stage

scenarios.load()
PLANS = sorted(SCENARIOS.values(), key=attrgetter("nodes"))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("plan", PLANS, ids=[plan.name for plan in PLANS])
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
