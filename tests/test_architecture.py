"""The folders' order: who may import whom (pyproject.toml, importlinter)."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_nobody_imports_whom_the_design_forbids() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
