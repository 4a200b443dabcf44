"""The official JSON Schema of AsyncAPI 3.0.0, as its makers publish it.

It is no part of this repository. npm brings it once into `.run`, out of the makers' own package
(Apache-2.0); who has no npm, or no registry, skips what asks for it.
"""

import hashlib
import json
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

ROOT = Path(__file__).parents[3]
KEPT = ROOT / ".run/asyncapi-3.0.0.json"
PACKAGE = "@asyncapi/specs@6.11.1"
MEMBER = "package/schemas/3.0.0.json"
SHA256 = "d4571a420e6ffb7fcc7066c95a6db1202f299a3c51daa103d0706bf30f95e626"
SECONDS = 60


@cache
def official() -> Draft7Validator:
    """Return what tells whether a document is AsyncAPI 3.0.0; skips the test where it is not to be
    had.
    """
    if not KEPT.exists():
        _bring()

    raw = KEPT.read_bytes()
    assert SHA256 == hashlib.sha256(raw).hexdigest(), f"{KEPT} is not that of {PACKAGE}: remove it"
    return Draft7Validator(json.loads(raw))


def _bring() -> None:
    KEPT.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT.parent) as folder:
        pack = ["npm", "pack", "--silent", "--ignore-scripts", PACKAGE]
        try:
            subprocess.run(pack, cwd=folder, check=True, capture_output=True, timeout=SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            pytest.skip(f"npm brings no {PACKAGE}: {error}")

        (packed,) = Path(folder).glob("*.tgz")
        with tarfile.open(packed) as archive:
            member = archive.extractfile(MEMBER)
            assert member is not None
            whole = Path(folder) / "whole"
            whole.write_bytes(member.read())
        whole.rename(KEPT)
