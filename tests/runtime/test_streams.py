"""The standard streams are open, and lead nowhere where they were closed. In a process each."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import json, os, sys
from pathlib import Path
from runtime.streams import open_streams

open_streams()

nowhere = os.stat(os.devnull)
told = {
    "streams": [stream is not None for stream in (sys.stdin, sys.stdout, sys.stderr)],
    "nowhere": [number for number in range(3) if os.path.samestat(os.fstat(number), nowhere)],
    "inherited": [number for number in range(3) if os.get_inheritable(number)],
    "next": os.open(os.devnull, os.O_RDONLY),
}
Path(sys.argv[1]).write_text(json.dumps(told))
print("on stdout")
print("on stderr", file=sys.stderr)
sys.stdin.read()
"""
ROOT = Path(__file__).parents[2]


def closing(descriptors: list[int]) -> Callable[[], None]:
    """Return what closes these descriptors of a process before its program begins."""

    def close() -> None:
        for number in descriptors:
            os.close(number)

    return close


def run(told: Path, closed: list[int]) -> "subprocess.CompletedProcess[str]":
    """Run the program with some of its streams closed; what it tells goes to a file."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, told],
        input="",
        capture_output=True,
        text=True,
        cwd=ROOT,
        preexec_fn=closing(closed),
        check=True,
        timeout=60,
    )


@pytest.mark.parametrize("closed", [[], [0], [1], [2], [0, 2], [0, 1, 2]])
def test_a_stream_that_is_closed_leads_nowhere_and_the_others_are_left_alone(
    tmp_path: Path, closed: list[int]
) -> None:
    done = run(tmp_path / "told", closed)

    told: dict[str, Any] = json.loads((tmp_path / "told").read_text())
    assert [True, True, True] == told["streams"]
    assert closed == told["nowhere"]
    assert [0, 1, 2] == told["inherited"]
    assert ("" if 1 in closed else "on stdout\n") == done.stdout
    assert ("" if 2 in closed else "on stderr\n") == done.stderr


@pytest.mark.parametrize("closed", [[], [0], [1], [2], [0, 1, 2]])
def test_the_next_file_that_is_opened_has_the_first_number_behind_the_streams(
    tmp_path: Path, closed: list[int]
) -> None:
    run(tmp_path / "told", closed)
    told = json.loads((tmp_path / "told").read_text())
    assert 3 == told["next"]
