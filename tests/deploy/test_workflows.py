"""The pipeline of GitHub's: read by its linters, and held to the Makefile and to pyproject.toml."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.matrix.brokers import SUITES
from tests.matrix.legs import BROKERS, PYTHONS

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
DEPENDABOT = ROOT / ".github/dependabot.yml"
BIN = Path(sys.executable).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCAL_SUITE = {"3.10": "bookworm"}
"""What `make matrix` takes from the machine itself."""

Workflow = dict[Any, Any]


def read(name: str) -> Workflow:
    """Return a workflow; YAML 1.1 reads its key `on` as true."""
    return dict(yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text()))


TEST = read("test")
TEST_ALL = read("test-all")
PUBLISH = read("publish")


def steps(workflow: Workflow) -> list[dict[str, Any]]:
    """Return the steps of all jobs."""
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


ALL_STEPS = [step for workflow in (TEST, TEST_ALL, PUBLISH) for step in steps(workflow)]


# --- what the linters say ------------------------------------------------------------------------

LINTERS = {
    "check-jsonschema": [
        ["--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS)],
        ["--builtin-schema", "vendor.dependabot", str(DEPENDABOT)],
    ],
    "zizmor": [["--offline", "--no-progress", str(ROOT / ".github")]],
}
"""Each program, and what it is called with."""


@pytest.mark.parametrize(
    ("linter", "arguments"),
    [(linter, one) for linter, all_of_it in LINTERS.items() for one in all_of_it],
    ids=[f"{linter} {one[0]}" for linter, all_of_it in LINTERS.items() for one in all_of_it],
)
def test_a_linter_finds_nothing(linter: str, arguments: list[str]) -> None:
    command = [str(BIN / linter), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr


# --- what they call is there ---------------------------------------------------------------------


def test_each_make_target_that_is_called_is_in_the_makefile() -> None:
    run = [step["run"] for step in ALL_STEPS if "run" in step]
    called = {target for one in run for target in re.findall(r"(?:^|&& )make ([\w./-]+)", one)}
    makefile = (ROOT / "Makefile").read_text()
    there = set(re.findall(r"^([\w./-]+):", makefile, re.MULTILINE))
    assert called
    assert set() == called - there


def test_each_python_that_we_claim_is_tried_on_linux_and_on_macos() -> None:
    prefix = "Programming Language :: Python :: "
    claimed = [
        line.removeprefix(prefix)
        for line in PROJECT["classifiers"]
        if re.fullmatch(rf"{prefix}3\.\d+", line)
    ]
    assert f">={claimed[0]}" == PROJECT["requires-python"]
    assert list(PYTHONS) == claimed
    for system in ("linux", "macos"):
        assert claimed == TEST["jobs"][system]["strategy"]["matrix"]["python"]


def test_each_broker_of_the_matrix_is_tried_from_the_debian_that_has_it() -> None:
    tried = TEST["jobs"]["brokers"]["strategy"]["matrix"]["include"]
    suites = SUITES | LOCAL_SUITE
    assert [{"rabbitmq": one, "debian": suites[one]} for one in BROKERS] == tried


def test_each_week_every_test_is_run_where_a_browser_and_every_server_is() -> None:
    assert {"schedule", "workflow_dispatch"} == set(TEST_ALL[True])
    installing, testing = [step["run"] for step in steps(TEST_ALL) if "run" in step]
    assert "make test-all" == testing
    wanted = {"chromium", "haproxy", "nginx-light", "npm", "postgresql", "prometheus"}
    assert set() == (wanted | {"rabbitmq-server", "redis-server"}) - set(installing.split())


# --- what they may do ----------------------------------------------------------------------------


def test_each_action_is_pinned_by_its_commit_with_its_version_beside_it() -> None:
    lines = [line for file in WORKFLOWS for line in file.read_text().splitlines()]
    used = [line for line in lines if "uses: " in line and "uses: $/" not in line]
    loose = [line for line in used if not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)]
    assert used
    assert [] == loose


def test_the_same_action_is_the_same_commit_everywhere() -> None:
    text = "".join(file.read_text() for file in WORKFLOWS)
    pins = set(re.findall(r"uses: ([\w/-]+)@(\w+)", text))
    actions = [action for action, _ in pins]
    assert sorted(set(actions)) == sorted(actions)


def test_only_a_tag_publishes_and_only_after_all_tests() -> None:
    assert {"push": {"tags": ["v[0-9]*"]}} == PUBLISH[True]
    jobs = PUBLISH["jobs"]
    assert "$/.github/workflows/test.yml" == jobs["test"]["uses"]
    assert {"test", "notes"} == set(jobs["package"]["needs"])
    assert "package" == jobs["release"]["needs"]


def test_no_job_may_do_more_than_it_needs() -> None:
    assert {"contents": "read"} == TEST["permissions"]
    assert [] == [name for name, job in TEST["jobs"].items() if "permissions" in job]
    assert {"contents": "read"} == TEST_ALL["permissions"]
    assert [] == [name for name, job in TEST_ALL["jobs"].items() if "permissions" in job]

    assert {} == PUBLISH["permissions"]
    assert {
        "test": {"contents": "read"},
        "notes": {"contents": "read"},
        "package": {"id-token": "write"},
        "release": {"contents": "write"},
    } == {name: job["permissions"] for name, job in PUBLISH["jobs"].items()}


def test_no_secret_is_named_and_no_checkout_leaves_its_token_behind() -> None:
    texts = [file.read_text() for file in WORKFLOWS]
    assert not any("secrets." in text for text in texts)
    checkouts = [step for step in ALL_STEPS if "checkout" in step.get("uses", "")]
    assert {False} == {step["with"]["persist-credentials"] for step in checkouts}


def test_each_job_ends_some_time() -> None:
    for job in [*TEST["jobs"].values(), *PUBLISH["jobs"].values()]:
        assert "uses" in job or job["timeout-minutes"] <= 30
