"""The short form of every scenario: whatever dies, each 200 is handled or lies dead."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.faults import scenarios
from tests.faults.earlier import why_not
from tests.faults.scenario import SCENARIOS, Scenario
from tests.faults.stage import Stage

scenarios.load()
OFTEN = {"poison among innocents"}
"""What no other test of `make test` breaks on one node. The others run in `make test-all`; where
one guards a promise of the README, `tests/system` has the quick part of it.
"""


def case(plan: Scenario) -> ParameterSet:
    """Return a scenario as a test; those that share the cluster run one after the other."""
    marks = []
    if plan.nodes > 1:
        marks.append(pytest.mark.xdist_group("cluster"))
        marks.append(pytest.mark.slow("boots a cluster; in `make test` the only node is killed"))
    elif plan.name not in OFTEN:
        marks.append(pytest.mark.slow("another scenario guards the same promise in `make test`"))
    if plan.begins_as:
        why = why_not(plan.begins_as)
        marks.append(pytest.mark.skipif(bool(why), reason=why))
    return pytest.param(plan, id=plan.name, marks=marks)


def test_every_scenario_that_runs_often_is_there() -> None:
    assert set() == OFTEN - SCENARIOS.keys()


def test_the_scenarios_play_where_the_tools_of_the_suite_are_not_installed() -> None:
    without = "import sys; sys.modules.update(dict.fromkeys(('pytest', 'hypothesis')))"
    program = f"{without}; import tests.faults.__main__"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_a_version_whose_commit_is_not_here_is_left_out_with_the_way_out() -> None:
    assert "its whole history has it" in why_not("0" * 40)


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
