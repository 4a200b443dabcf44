"""The folders' order: who may import whom (pyproject.toml, importlinter)."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
EACH_ALONE = """
import os, sys
from importlib import import_module
from tests.system.nursery import OTHERS, ours

for name in OTHERS:
    import_module(name)
codes = set()
for name in ours():
    if os.fork() == 0:
        import_module(name)
        sys.exit()
    codes.add(os.wait()[1])
sys.exit(codes != {0})
"""


def test_nobody_imports_whom_the_design_forbids() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_each_command_is_imported_where_nothing_of_ours_was_before_it() -> None:
    """As it is for users; most system tests have all of them imported, and commands forked."""
    command = [sys.executable, "-c", EACH_ALONE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
