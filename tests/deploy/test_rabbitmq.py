"""A private node of `deploy.local`, as the tests have it."""

import os
import subprocess
from typing import Any

import pytest

from deploy.local.rabbitmq import Node


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux alone says who runs where")
def test_a_node_and_its_tools_keep_to_a_core_and_who_starts_them_goes_on_where_he_did(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    started_on = []
    run = subprocess.run

    def noted(*arguments: Any, **options: Any) -> subprocess.CompletedProcess[str]:
        started_on.append(os.sched_getaffinity(0))
        return run(*arguments, **options)

    monkeypatch.setattr(subprocess, "run", noted)
    before = os.sched_getaffinity(0)
    node.ctl("eval", "ok.")
    assert before == os.sched_getaffinity(0)

    assert node.pid is not None
    core = os.sched_getaffinity(node.pid)
    assert 1 == len(core)
    assert [core] == started_on
