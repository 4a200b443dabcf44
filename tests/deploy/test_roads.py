"""The roads of `deploy/README.md`, gone as they stand there as far as that is possible here.

A laptop's is gone by `test_compose_runs`, that of plain machines by `test_systemd_runs`.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deploy.overlays import FOLDER, ROOT, Object, needs_kubectl
from tests.deploy.roads import road
from tests.deploy.schemas_of_others import problems
from tests.system.processes import BIN

STAND_INS = """\
editor() { sed -i 's/# - workers.yaml/- workers.yaml/' "$1"; }
kubectl() { [ "$1 $2" = 'apply -k' ] && command kubectl kustomize "$3"; }
"""
"""For who edits a file by hand, and for a cluster: kubectl says what it would send."""


@pytest.fixture
def sent(tmp_path: Path) -> list[Object]:
    """What the commands of the road to Kubernetes would send."""
    needs_kubectl()
    shutil.copytree(FOLDER, tmp_path / FOLDER.relative_to(ROOT))
    shutil.copytree(ROOT / "examples/shop", tmp_path / "shop")
    commands = "\n".join([STAND_INS, *road("Kubernetes")])
    done = subprocess.run(
        ["bash", "-euc", commands],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    return list(yaml.safe_load_all(done.stdout))


def test_the_road_to_kubernetes_sends_broker_ingress_and_workers(sent: list[Object]) -> None:
    assert 1 == len([one for one in sent if one["kind"] == "RabbitmqCluster"])
    deployments = {one["metadata"]["name"] for one in sent if one["kind"] == "Deployment"}
    assert "hookline-ingress" in deployments
    assert 1 < len(deployments)
    assert [] == [problem for one in sent for problem in problems(one)]


def test_queues_that_are_made_and_queues_by_which_workers_are_scaled_are_the_same(
    sent: list[Object],
) -> None:
    made = {one["spec"]["name"] for one in sent if one["kind"] == "Queue"}
    scaled = [one["spec"]["triggers"] for one in sent if one["kind"] == "ScaledObject"]
    by = {trigger["metadata"]["queueName"] for triggers in scaled for trigger in triggers}
    assert by
    assert set() == by - made
