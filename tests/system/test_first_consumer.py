"""The README's "Your own consumer in five steps", done as it stands there.

In a fresh folder, with what is installed here, or (in `make test-all`) with a fresh virtual
environment that has the wheel which this project builds.
The packages that it depends on come from the environment at hand, by a path file: a test downloads
nothing.
"""

import os
import re
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from runtime.ports import free_ports
from tests.system.processes import BIN
from tests.system.terminal import terminal

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
STEPS = README.split("\n## Your own consumer in five steps\n")[1].split("\n## ")[0]
INSTALL, SETTINGS, START, SEND = re.findall(r"^```sh\n(.*?)^```", STEPS, re.DOTALL | re.MULTILINE)
(CONSUMER,) = re.findall(r"^```python\n(.*?)^```", STEPS, re.DOTALL | re.MULTILINE)
STOP = "kill %1 %2"


def test_the_wheel_has_our_packages_with_their_types_and_the_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    packages = {"schemas", "runtime", "ingress", "workers"}
    assert packages == {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert packages == {name.split("/")[0] for name in names if name.endswith("/py.typed")}
    assert [] != [name for name in names if name.endswith(".dist-info/licenses/LICENSE")]
    assert "schemas/samples/order.json" in names


def changed(commands: str, old: str, new: str) -> str:
    """Return commands with what is another in a test replaced; it must be there."""
    assert old in commands
    return commands.replace(old, new)


installing = pytest.mark.slow("makes a virtual environment; `make test` takes the other steps")


@pytest.mark.parametrize(
    "installs",
    [False, pytest.param(True, marks=installing)],
    ids=["with what is installed here", "from the wheel"],
)
async def test_the_five_steps_of_the_readme_lead_to_a_handled_webhook(
    url: str, wheel: Path, tmp_path: Path, *, installs: bool
) -> None:
    (port,) = free_ports(1)
    ours = {
        "HOOKLINE_PORT": str(port),
        "HOOKLINE_ADMIN_PORT": "0",
        "HOOKLINE_DRAIN_DELAY": "0",
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PYTHONUNBUFFERED": "1",
        "PATH": f"{BIN}:{os.environ['PATH']}",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOOKLINE_")}
    folder, make, enter, install = INSTALL.splitlines()
    site = f".venv/lib/python{sysconfig.get_python_version()}/site-packages"
    path_file = f"echo {sysconfig.get_path('purelib')} > {site}/dependencies.pth"

    async with terminal(tmp_path, kept | ours) as shell:
        shell.type(folder)
        if installs:
            shell.type(changed(make, "python3", sys.executable))
            shell.type(f"{enter}\n{path_file}")
            shell.type(changed(install, "../hookline", str(wheel)))
            shell.type("which hookline-ingress")
            shell.type("python -c 'import ingress; print(ingress.__file__)'")
            await shell.shows(f"{tmp_path}/{site}/ingress/__init__.py")
            assert f"{tmp_path}/.venv/bin/hookline-ingress" in shell.shown
        shell.type("echo folder-$((1 + 1))")
        await shell.shows("folder-2")

        (tmp_path / "shop/consumers.py").write_text(CONSUMER)

        shell.type(changed(SETTINGS, "amqp://guest:guest@localhost:5672/", url))
        shell.type(START)
        await shell.shows("worker.started")
        await shell.shows("ingress.started")

        # curl writes its answer in pieces, and a worker beside it writes between them.
        send = changed(SEND, "localhost:8080", f"127.0.0.1:{port}")
        shell.type(f"{{\n{send}\n}} > answer")
        await shell.shows("order #1001: 129.90 AUD")
        await shell.shows("delivery.done")
        shell.type("cat answer")
        await shell.shows('200 {"id":')

        shell.type(f"{STOP}; wait %1; echo worker $?; wait %2; echo ingress $?; exit")
        await shell.shows("worker 0")
        await shell.shows("ingress 0")


def test_the_steps_end_as_the_test_ends_them() -> None:
    assert f"`{STOP}` ends both in order" in STEPS
    assert "it prints `200" in STEPS.lower()
    assert "prints `order #1001: 129.90 AUD`" in STEPS
