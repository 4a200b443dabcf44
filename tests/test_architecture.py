"""The folders' order: who may import whom (pyproject.toml, importlinter), and how large a module may be."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = [file for package in ("schemas", "ingress", "workers") for file in sorted((ROOT / package).rglob("*.py"))]


def test_nobody_imports_whom_the_design_forbids() -> None:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("module", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_stays_readable(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= 230
    assert module.stem not in {"utils", "common", "helpers", "core", "base", "misc"}
