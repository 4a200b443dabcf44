"""Which interpreters there are: the one that runs this, those on PATH, pyenv's, and what a Debian
root would bring.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.matrix.debian import ROOT_PROGRAM, why_no_root
from tests.matrix.legs import PYTHONS, Python, minor

SUITES = {"3.13": "trixie", "3.14": "forky"}
"""The Debian suite that has this Python."""


def find_pythons(tools: Path) -> list[Python]:
    """Return the local interpreter, then one for each further version that is wanted; `tools` may
    lay out a Debian.
    """
    local = Python(
        platform.python_version(),
        Path(sys.base_prefix) / f"bin/python{minor(platform.python_version())}",
    )
    return [
        local,
        *(find_python(wanted, tools) for wanted in PYTHONS if wanted != minor(local.version)),
    ]


def find_python(wanted: str, tools: Path) -> Python:
    """Return the interpreter of a two-number version; `absent` where this machine can have none."""
    for path in _places(wanted):
        if (version := version_of(path)) and minor(version) == wanted:
            return Python(version, path)

    missing = f"no python{wanted} on PATH or under pyenv: `pyenv install {wanted}`"
    if wanted not in SUITES:
        return Python(wanted, absent=missing)
    if why := why_no_root(tools):
        return Python(wanted, absent=f"{missing}, or a Debian root: {tools / ROOT_PROGRAM} {why}")
    return Python(wanted, suite=SUITES[wanted])


def _places(wanted: str) -> Iterator[Path]:
    if found := shutil.which(f"python{wanted}"):
        yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    yield from sorted(
        pyenv.glob(f"versions/{wanted}.*/bin/python{wanted}"), key=_patch, reverse=True
    )


def _patch(path: Path) -> int:
    """Return the third number of the version that pyenv's folder is named after."""
    return int(re.sub(r"\D.*", "", path.parts[-3].split(".")[2]) or 0)


def version_of(path: Path) -> str:
    """Return an interpreter's version; empty where it does not run, as pyenv's stand-ins for what
    is not chosen.
    """
    program = "import platform; print(platform.python_version())"
    done = subprocess.run([path, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
