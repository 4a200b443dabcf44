"""An author's package that has the name of one of ours: whichever hides the other, it is told with
its path and the way out. No broker is asked.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.hiding import NAMES
from tests.system.processes import environment, finished

pytestmark = pytest.mark.usefixtures("begun_as_users_do")

NOWHERE = "amqp://127.0.0.1:1"
CONSUMERS = """
from workers import Delivery, consumer
@consumer("orders/create")
async def erp(delivery: Delivery[bytes]) -> None: ...
"""
THEIR_TEST = """
from workers.testing import webhook
def test_a_webhook() -> None:
    webhook("orders/create", {})
"""
COMMANDS = {
    "hookline-workers": ["hookline-workers", "topology", "show", "consumers"],
    "hookline-ingress": ["hookline-ingress", "check"],
    "python -m workers": [sys.executable, "-m", "workers", "topology", "show", "consumers"],
    "python -m ingress": [sys.executable, "-m", "ingress", "check"],
    "pytest": [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_theirs.py"],
}
HIDDEN_BY_THEIRS = [
    # a command finds theirs first by PYTHONPATH; `-m` puts the current folder first
    ("hookline-workers", "schemas", 2),
    ("hookline-workers", "workers", 2),
    ("hookline-ingress", "schemas", 2),
    ("hookline-ingress", "ingress", 2),
    ("python -m workers", "schemas", 1),
    ("python -m workers", "runtime", 1),
    ("python -m ingress", "schemas", 1),
    ("python -m ingress", "runtime", 1),
    ("pytest", "schemas", 2),
    ("pytest", "runtime", 2),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An author's folder, with consumers and a test of them."""
    (tmp_path / "consumers.py").write_text(CONSUMERS)
    (tmp_path / "test_theirs.py").write_text(THEIR_TEST)
    return tmp_path


def write_package(folder: Path, name: str) -> Path:
    """Write a package of the author's, and return its folder."""
    package = folder / name
    package.mkdir()
    (package / "__init__.py").write_text("OrderIn = dict")
    return package


def write_module(folder: Path, name: str) -> Path:
    """Write a single module of the author's, and return its file."""
    module = folder / f"{name}.py"
    module.write_text("OrderIn = dict")
    return module


BY_A_PACKAGE = [(write_package, *hidden) for hidden in HIDDEN_BY_THEIRS]
BY_A_MODULE = [(write_module, *hidden) for hidden in HIDDEN_BY_THEIRS if hidden[1] == "schemas"]


@pytest.mark.parametrize(("write", "command", "name", "code"), BY_A_PACKAGE + BY_A_MODULE)
async def test_theirs_that_hides_ours_is_told_with_its_path_and_the_way_out(
    folder: Path, write: Callable[[Path, str], Path], command: str, name: str, code: int
) -> None:
    theirs = write(folder, name)
    env = environment(NOWHERE, APP="shop")
    if command.startswith("hookline"):
        env["PYTHONPATH"] = str(folder)

    ended, out, err = await finished(*COMMANDS[command], env=env, cwd=folder)

    assert code == ended, out + err
    assert str(theirs) in out + err
    assert f"hides Hookline's own `{name}`" in out + err
    assert f"as in shop.{name}" in out + err


async def test_a_folder_without_init_hides_nothing_of_ours(folder: Path) -> None:
    for name in NAMES:
        (folder / name).mkdir()
        (folder / name / "models.py").write_text("OrderIn = dict")
    env = environment(NOWHERE, APP="shop")
    code, out, err = await finished(*COMMANDS["python -m workers"], env=env, cwd=folder)
    assert (0, "") == (code, err)
    assert "shop.erp.orders.create" in out


@pytest.mark.parametrize("name", NAMES)
async def test_ours_that_hides_theirs_is_told_where_their_import_fails(
    folder: Path, name: str
) -> None:
    theirs = write_package(folder, name)
    (folder / "consumers.py").write_text(f"from {name} import OrderIn\n{CONSUMERS}")
    env = environment(NOWHERE, APP="shop")
    code, _, err = await finished(*COMMANDS["hookline-workers"], env=env, cwd=folder)
    assert 2 == code
    assert f"Hookline's own `{name}` comes before {theirs}: " in err
    assert f"as in shop.{name}" in err


async def test_check_warns_of_theirs_that_ours_hides_even_where_nothing_fails_yet(
    folder: Path,
) -> None:
    hidden = {name: write_package(folder, name) for name in NAMES}
    env = environment(NOWHERE, APP="shop")
    _, out, err = await finished("hookline-workers", "check", "consumers", env=env, cwd=folder)
    assert "consumer erp" in out
    for name, theirs in hidden.items():
        assert f"warning: Hookline's own `{name}` comes before {theirs}: " in err


async def test_check_warns_of_nothing_in_a_folder_with_no_such_package(folder: Path) -> None:
    (folder / "schemas").mkdir()  # no Python in it: pictures, JSON schemas
    env = environment(NOWHERE, APP="shop")
    _, out, err = await finished("hookline-workers", "check", "consumers", env=env, cwd=folder)
    assert "consumer erp" in out
    assert "warning" not in err
