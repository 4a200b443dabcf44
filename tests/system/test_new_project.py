"""`hookline-workers new`, out of the wheel that this project builds.

What it makes in a fresh folder passes its own tests at once, and handles a webhook.

The packages that it depends on come from the environment at hand, by a path file: a test downloads
nothing.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from runtime.ports import free_ports
from tests.system.terminal import terminal

pytestmark = pytest.mark.xdist_group("wheel")

NAME = "bagend"
SITE = f"lib/python{sysconfig.get_python_version()}/site-packages"
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith("HOOKLINE_")
}


def run(*command: str, cwd: Path) -> str:
    """Run a command that must succeed; return what it prints."""
    done = subprocess.run(
        command, cwd=cwd, env=ENVIRONMENT, check=False, capture_output=True, text=True
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def with_the_wheel(venv: Path, wheel: Path) -> Path:
    """Make a virtual environment with the wheel; return where its commands are."""
    python = [sys.executable, "-m"]
    run(*python, "venv", "--without-pip", str(venv), cwd=venv.parent)
    (venv / SITE / "dependencies.pth").write_text(sysconfig.get_path("purelib"))

    install = ["--python", str(venv), "install", "-q", "--no-deps", "--no-index", str(wheel)]
    run(*python, "pip", *install, cwd=venv.parent)
    return venv / "bin"


@pytest.fixture(scope="module")
def made(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project just made, with the virtual environment of the command that made it."""
    root = tmp_path_factory.mktemp("new")
    first = root / "first"
    commands = with_the_wheel(first, wheel)
    told = run(str(commands / "hookline-workers"), "new", NAME, cwd=root)
    assert f"cd {NAME} && make test" in told

    folder = root / NAME
    (folder / ".venv").symlink_to(first)
    (first / "made").touch()
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    """A copy of it for this test, with the same environment."""
    folder = tmp_path / NAME
    shutil.copytree(made, folder, ignore=shutil.ignore_patterns(".venv"))
    (folder / ".venv").symlink_to(made / ".venv")
    return folder


on_its_own = pytest.mark.slow(
    "a suite within the suite; changes with the files of workers/project alone"
)


@on_its_own
def test_a_new_project_passes_its_own_tests_which_run_on_the_wheel(project: Path) -> None:
    assert "5 passed" in run("make", "test", cwd=project)
    home = run(".venv/bin/python", "-c", "import workers; print(workers.__file__)", cwd=project)
    assert f"{project}/.venv/{SITE}/workers/__init__.py" == home.strip()


@on_its_own
def test_its_tests_can_fail(project: Path) -> None:
    consumers = project / NAME / "consumers.py"
    consumers.write_text(consumers.read_text().replace("after=60", "after=61"))
    test = "test_an_order_that_is_not_paid_comes_again_in_a_minute"
    command = [".venv/bin/python", "-m", "pytest", "-q", "-k", test]
    done = subprocess.run(command, cwd=project, check=False, capture_output=True)
    assert 1 == done.returncode
    assert test in done.stdout.decode()


def test_it_installs_the_hookline_that_made_it(project: Path, wheel: Path) -> None:
    assert f"HOOKLINE ?= {wheel}" in (project / "Makefile").read_text()


async def test_a_new_project_handles_the_webhook_that_it_sends(url: str, project: Path) -> None:
    (port,) = free_ports(1)
    settings = project / "settings.env"
    ours = {"AMQP_URL": url, "PORT": port, "ADMIN_PORT": 0, "DRAIN_DELAY": 0}
    lines = [f"HOOKLINE_{name}={value}" for name, value in ours.items()]
    settings.write_text("\n".join([settings.read_text(), *lines, ""]))

    async with terminal(project, ENVIRONMENT | {"PYTHONUNBUFFERED": "1"}) as shell:
        shell.type("make worker &\nmake ingress &")
        await shell.shows("worker.started")
        await shell.shows("ingress.started")

        shell.type(f"make send TO=http://127.0.0.1:{port}/webhooks/{NAME} > answer")
        await shell.shows("order #001045: 199.00 AUD")
        await shell.shows("delivery.done")
        shell.type("cat answer")
        await shell.shows('200 {"id":')

        shell.type("make check; make docs")
        await shell.shows("docs/schemas/Order.json")
        assert "wrong:" not in shell.shown
