"""A module that is no system test is run by one process of `make test`."""

import os
from pathlib import Path

import pytest

MANY = 12


@pytest.mark.parametrize("number", range(MANY))
def test_the_tests_of_a_module_are_run_by_one_process(processes: Path, number: int) -> None:
    (processes / f"module-{os.getpid()}").touch()
    assert 1 == len(list(processes.glob("module-*")))
