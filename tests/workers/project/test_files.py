"""The files of a new project."""

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path, PurePath

from schemas.payloads import Order
from workers.project.files import files

BIN = Path(sys.executable).parent
WRITTEN = files("bagend", secret="hush", hookline="/srv/hookline.whl")


def written(path: str) -> str:
    """Return the text of a file of the project."""
    return WRITTEN[PurePath(path)]


def test_the_package_and_its_tests_are_there_and_nothing_is_left_to_fill_in() -> None:
    assert {"bagend/__init__.py", "bagend/consumers.py", "tests/test_consumers.py"} < {
        str(path) for path in WRITTEN
    }
    unfilled = ("@name@", "@secret@", "@hookline@")
    assert [] == [path for path, text in WRITTEN.items() if any(one in text for one in unfilled)]


def test_its_code_can_be_read_and_its_settings_have_a_secret_that_git_leaves_alone() -> None:
    for path in ("bagend/__init__.py", "bagend/consumers.py", "tests/test_consumers.py"):
        assert ast.get_docstring(ast.parse(written(path)))
    assert "HOOKLINE_SECRETS=trial:hush\n" in written("settings.env")
    assert "settings.env" in written(".gitignore").splitlines()
    assert [PurePath("settings.env")] == [path for path, text in WRITTEN.items() if "hush" in text]


def test_it_offers_its_consumers_to_whoever_installs_it() -> None:
    project = tomllib.loads(written("pyproject.toml"))["project"]
    assert {"bagend": "bagend.consumers"} == project["entry-points"]["hookline.consumers"]


def test_the_order_that_it_sends_is_one() -> None:
    assert 12345 == Order.model_validate(json.loads(written("order.json"))).id


def test_its_compose_file_is_what_compose_reads(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(written("compose.yaml"))
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout


def test_another_name_stands_wherever_the_first_one_did() -> None:
    other = files("dale", secret="hush", hookline="/srv/hookline.whl")
    renamed = {str(path).replace("bagend", "dale"): text for path, text in WRITTEN.items()}
    assert {path: text.replace("bagend", "dale") for path, text in renamed.items()} == {
        str(path): text for path, text in other.items()
    }
