"""Tests that share what is dear to make run in one process of `make test`."""

import os
from pathlib import Path

import pytest

MANY = 12


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Path:
    """A folder of all processes of this run."""
    folder = tmp_path_factory.getbasetemp().parent / f"groups-{testrun_uid}"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.xdist_group("in one process")
@pytest.mark.parametrize("number", range(MANY))
def test_a_group_is_run_by_one_process(shared: Path, number: int) -> None:
    (shared / str(os.getpid())).touch()
    assert 1 == len(list(shared.iterdir()))
