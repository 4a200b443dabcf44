"""An earlier version of ours, installed from its commit as a user would have it."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIRST_OF_TOPOLOGY_2 = "4066947"
"""The oldest that may run beside this one: they hold the same queues."""


def why_not(commit: str) -> str:
    """Say why this version cannot be had here; the empty string where it can."""
    found = subprocess.run(
        ["git", "cat-file", "-e", f"{commit}^{{commit}}"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if found.returncode == 0:
        return ""
    return f"commit {commit} is not here: a clone with its whole history has it (git fetch --unshallow)"


def installed(commit: str, folder: Path) -> Path:
    """Install the wheel of a commit into a fresh environment; return the folder of its commands.

    What it depends on comes from the environment at hand, by a path file: nothing is downloaded.
    """
    source = folder / "source"
    source.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "archive", commit], cwd=ROOT, capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", source], input=archive, check=True)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")

    home = folder / "venv"
    venv.create(home, with_pip=True, symlinks=True)
    site = home / f"lib/python{sysconfig.get_python_version()}/site-packages"
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    pip = [f"{home}/bin/pip", "-q", "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    return home / "bin"
