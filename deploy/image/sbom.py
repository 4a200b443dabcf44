"""The image's software bill of materials: CycloneDX JSON, made from the lock file alone.

`python3 sbom.py run.txt pyproject.toml` prints it. The same files give the same bytes. (CycloneDX's
own program, cyclonedx-py, would bring twenty packages into the build, and writes the whole lock
file and the address of a registry into its result.)
"""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

_PACKAGE = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)(.*(?:\n +.*)*)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill_of_materials(lock: str, project: dict[str, Any]) -> dict[str, Any]:
    """Return what the text of a lock file pins, as the parts of a project.

    `project` is the table of that name in pyproject.toml.
    """
    application = {
        "type": "application",
        "bom-ref": project["name"],
        "name": project["name"],
        "version": project["version"],
        "description": project["description"],
        "licenses": [{"license": {"id": project["license"]}}],
    }
    packages = _PACKAGE.findall(lock)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": application},
        "components": [_component(*package) for package in packages],
    }


def _component(name: str, version: str, rest: str) -> dict[str, Any]:
    package_url = f"pkg:pypi/{name}@{version}"
    hashes = [{"alg": "SHA-256", "content": one} for one in _HASH.findall(rest)]
    files = {
        "type": "distribution",
        "url": package_url,
        "comment": "one of these files is installed, whichever fits the machine",
        "hashes": hashes,
    }
    return {
        "type": "library",
        "bom-ref": package_url,
        "name": name,
        "version": version,
        "purl": package_url,
        "externalReferences": [files],
    }


def main() -> int:
    """Print it and return the exit code."""
    lock, pyproject = map(Path, sys.argv[1:])
    project = tomllib.loads(pyproject.read_text())["project"]
    print(json.dumps(bill_of_materials(lock.read_text(), project), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
