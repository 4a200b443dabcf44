"""System tests are given out one by one, but those that share what is dear to make."""

import os
from pathlib import Path

import pytest

MANY = 12


@pytest.mark.xdist_group("in one process")
@pytest.mark.parametrize("number", range(MANY))
def test_a_group_is_run_by_one_process(processes: Path, number: int) -> None:
    (processes / f"group-{os.getpid()}").touch()
    assert 1 == len(list(processes.glob("group-*")))
