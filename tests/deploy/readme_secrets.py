"""The Secrets that the commands of `deploy/kubernetes/README.md` make."""

import os
import subprocess
from pathlib import Path
from shutil import which

import pytest
import yaml

from tests.deploy.overlays import FOLDER, Object

DRY = """\
#!/bin/sh
echo ---
case "$*" in *'create secret'*) exec {kubectl} "$@" --dry-run=client -o yaml ;; esac
"""
"""Stands for kubectl, which without a cluster can only say what it would make."""


def made_by_readme(folder: Path) -> list[Object]:
    """Return the Secrets that the README's commands make."""
    programs = [which(name) for name in ("kubectl", "openssl")]
    if None in programs:
        pytest.skip("needs kubectl and openssl (Debian's package openssl)")

    dry = folder / "kubectl"
    dry.write_text(DRY.format(kubectl=programs[0]))
    dry.chmod(0o755)
    (folder / "platform-secret").write_text("current:PLATFORM_SECRET")
    commands = (FOLDER / "README.md").read_text().split("```sh\n")[1].split("```")[0]
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-euc", commands],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    return [one for one in yaml.safe_load_all(done.stdout) if one]
