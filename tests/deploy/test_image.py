"""The image's files, held against what they are made for: the code, the lock file, each other.

What is built and run stands in test_image_runs.py.
"""

import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy.image.health import ADMIN_PORTS, EVERYWHERE
from deploy.image.sbom import bill_of_materials
from ingress.settings import Settings as IngressSettings
from ingress.subscriptions.settings import SubscriptionSettings
from workers.console.settings import ConsoleSettings
from workers.settings import Settings as WorkersSettings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy/image/Dockerfile").read_text()
INSTRUCTIONS = re.sub(r"^#.*\n", "", DOCKERFILE.replace("\\\n", " "), flags=re.MULTILINE)
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
LOCKS = ROOT / "deploy/requirements"
BIN = Path(sys.executable).parent
PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


def instructions(name: str) -> list[str]:
    """Return what follows each instruction of this name."""
    return re.findall(rf"^{name} +(.*)$", INSTRUCTIONS, re.MULTILINE)


def pinned(lock: str) -> dict[str, str]:
    """Return the packages of a lock file with their versions."""
    return dict(PINNED.findall((LOCKS / lock).read_text()))


def test_hadolint_finds_nothing() -> None:
    command = [str(BIN / "hadolint"), "deploy/image/Dockerfile", "--failure-threshold=style"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stdout)


def test_the_base_has_a_python_that_the_project_is_for() -> None:
    (base,) = re.findall(r"^BASE=(\S+)$", "\n".join(instructions("ARG")), re.MULTILINE)
    (version,) = re.findall(r"/python:(\d\.\d+)-slim-[a-z]+$", base)
    assert f"Programming Language :: Python :: {version}" in PROJECT["project"]["classifiers"]


def test_every_package_comes_from_a_lock_file_with_its_hash() -> None:
    installs = re.findall(r"pip (?:--python \S+ )?(?:install|wheel) ([^&\n]*)", INSTRUCTIONS)
    from_locks = [one for one in installs if "--require-hashes --only-binary :all: -r" in one]
    ours = [one for one in installs if "--no-deps --no-index" in one]
    assert 4 == len(installs) == len(from_locks + ours)

    named = re.findall(r"-r \"?deploy/requirements/([^\s\"]+)", "".join(from_locks))
    assert ["build.txt", "${LOCK}.txt"] == named
    (copied,) = [one.split() for one in instructions("COPY") if "/build.txt" in one]
    *files, _ = [Path(one).name for one in copied]
    assert {"build.txt", "run.txt", "all.txt", *(f"{extra}.txt" for extra in EXTRAS)} == set(files)
    assert "LOCK=run" in instructions("ARG")
    assert all("--hash=sha256:" in (LOCKS / name).read_text() for name in files)


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extras_lock_file_adds_what_it_needs_in_the_versions_that_are_tested(extra: str) -> None:
    locked = pinned(f"{extra}.txt")
    asked = [re.split("[<>=]", one)[0] for one in EXTRAS[extra]]
    assert set(asked) <= locked.keys()
    assert pinned("run.txt").items() <= locked.items() <= pinned("all.txt").items()
    assert pinned("all.txt").items() <= pinned("dev.txt").items()


def test_what_builds_the_wheel_is_what_builds_it_for_developers() -> None:
    developers = pinned("dev.txt")
    builders = pinned("build.txt")
    assert {"hatchling"} == set(PROJECT["build-system"]["requires"]) <= builders.keys()
    assert builders.items() <= developers.items()


def test_the_image_runs_as_nobody_in_particular_by_number() -> None:
    assert ["10001:10001"] == instructions("USER")


def test_the_labels_say_what_the_project_says() -> None:
    assert [PROJECT["project"]["version"]] == re.findall(r"ARG VERSION=(\S+)", DOCKERFILE)
    (licence,) = re.findall(r'image\.licenses="(.*)"', DOCKERFILE)
    assert PROJECT["project"]["license"] == licence


def test_the_ports_are_the_defaults_of_both_commands() -> None:
    kinds = (IngressSettings, WorkersSettings, SubscriptionSettings, ConsoleSettings)
    admin = {str(kind.model_fields["admin_port"].default) for kind in kinds}
    public = {
        str(IngressSettings.model_fields["port"].default),
        str(ConsoleSettings.model_fields["console_port"].default),
    }
    (exposed,) = instructions("EXPOSE")
    assert 6 == len(admin | public)
    assert admin | public == set(exposed.split())
    assert admin == set(ADMIN_PORTS)


def test_every_package_of_the_wheel_is_copied() -> None:
    copied = {line.split()[0] for line in instructions("COPY")}
    assert set() == set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) - copied


def test_a_build_sees_what_it_copies_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    let_through = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copies = [line.split()[:-1] for line in instructions("COPY") if "--from" not in line]
    assert "*" == rules[0]
    assert {source for sources in copies for source in sources} == let_through
    assert all((ROOT / path).exists() for path in let_through)


# --- the bill of materials


@pytest.fixture(scope="module")
def materials() -> dict[str, Any]:
    """The software bill of materials."""
    return bill_of_materials((LOCKS / "run.txt").read_text(), PROJECT["project"])


def test_the_bill_of_materials_lists_the_lock_and_nothing_else(materials: dict[str, Any]) -> None:
    listed = {one["name"]: one["version"] for one in materials["components"]}
    assert pinned("run.txt") == listed
    assert len(listed) == len(materials["components"])


def test_the_bill_of_materials_has_every_hash_at_its_package(materials: dict[str, Any]) -> None:
    blocks = re.split(r"^(?=\S)", (LOCKS / "run.txt").read_text(), flags=re.MULTILINE)
    locked = [re.findall(r"sha256:([0-9a-f]{64})", block) for block in blocks if block]
    listed = [
        [one["content"] for one in component["externalReferences"][0]["hashes"]]
        for component in materials["components"]
    ]
    assert locked == listed


# --- the health check


class Page(BaseHTTPRequestHandler):
    """An admin port on which /healthz alone is answered."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def admin_port() -> Iterator[int]:
    """A port on which a process answers that it is alive."""
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize("host", ["127.0.0.1", *EVERYWHERE])
def test_a_command_that_answers_is_healthy(admin_port: int, host: str) -> None:
    assert 0 == health(HOOKLINE_ADMIN_PORT=str(admin_port), HOOKLINE_ADMIN_HOST=host)


def test_a_command_that_does_not_answer_is_not_healthy(admin_port: int) -> None:
    assert 1 == health(HOOKLINE_ADMIN_PORT=str(admin_port), HOOKLINE_ADMIN_HOST="127.0.0.2")


def health(**environment: str) -> int:
    """Return the exit code of the health check."""
    program = [sys.executable, str(ROOT / "deploy/image/health.py")]
    return subprocess.run(program, env=environment, check=False).returncode
