"""Running one leg: what it needs is laid out, its environment is made from the lock file, and the
suite run in that.
"""

import hashlib
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local.server import SETTING
from tests.matrix.brokers import TREE_PROGRAM, top_of, version_of
from tests.matrix.debian import ROOT_PROGRAM, Root
from tests.matrix.legs import Broker, Leg, minor
from tests.matrix.results import Result

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".run/matrix"
"""Everything that is laid out, kept for the next time; and the logs."""
LOCK = ROOT / "deploy/requirements/dev.txt"
PROJECT = ROOT / "pyproject.toml"


class NotLaidOutError(RuntimeError):
    """Something that the leg needs could not be had; the message says what, and names the log."""


def run(leg: Leg, tools: Path, options: Sequence[str]) -> Result:
    """Run the suite on a leg, pytest with these options, and say what became of it."""
    try:
        leg = replace(leg, broker=_with_script(leg.broker, tools))
        place = Place(leg, tools)
        leg = replace(leg, python=replace(leg.python, version=place.made()))
    except NotLaidOutError as error:
        return Result(leg, why_not=str(error))

    begin = time.monotonic()
    code = place.call([place.program("python"), "-m", "pytest", *options])
    return Result(
        leg, code, time.monotonic() - begin, printed=place.log.read_text(errors="replace")
    )


def _with_script(broker: Broker, tools: Path) -> Broker:
    """Have the broker's tree laid out where it is none of this machine's."""
    if not broker.suite:
        return broker
    folder = KEPT / "rabbitmq" / broker.suite
    folder.mkdir(parents=True, exist_ok=True)
    log = KEPT / f"rabbitmq-{broker.version}.log"
    with log.open("w") as output:
        done = subprocess.run(
            [tools / TREE_PROGRAM, broker.suite, folder],
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            check=False,
        )
    if done.returncode:
        raise NotLaidOutError(f"its RabbitMQ could not be laid out: see {log}")
    script = Path(done.stdout.strip().splitlines()[-1])
    return Broker(_as_wanted(version_of(script), broker.version, broker.suite), script)


def _as_wanted(found: str, wanted: str, suite: str) -> str:
    if suite and minor(found) != minor(wanted):
        raise NotLaidOutError(f"Debian {suite} has {found} by now")
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where a leg's programs run: on this machine, or in the root of another Debian."""

    leg: Leg
    tools: Path

    @property
    def environment(self) -> Path:
        """The virtual environment, which all legs of a Python share."""
        return KEPT / "python" / minor(self.leg.python.version)

    @property
    def log(self) -> Path:
        """What the last program of the leg printed."""
        return KEPT / f"{minor(self.leg.python.version)}-{minor(self.leg.broker.version)}.log"

    def program(self, name: str) -> str:
        """Return the path of a program of the environment."""
        return str(self.environment / "bin" / name)

    def made(self) -> str:
        """Make the environment from the lock file, unless it is there; return Python's version."""
        KEPT.mkdir(parents=True, exist_ok=True)
        interpreter = str(self.leg.python.path or "python3")
        self._done([interpreter, "-c", "import platform; print(platform.python_version())"])
        version = self.log.read_text().split()[-1]
        _as_wanted(version, self.leg.python.version, self.leg.python.suite)

        stamp = self.environment / "made"
        wanted = f"{interpreter} {version} {_digest(LOCK)} {_digest(PROJECT)}\n"
        if not stamp.is_file() or stamp.read_text() != wanted:
            self._done([interpreter, "-m", "venv", "--clear", str(self.environment)])
            self._done([self.program("pip"), "-q", "install", "--require-hashes", "-r", str(LOCK)])
            self._done(
                [
                    self.program("pip"),
                    "-q",
                    "install",
                    "--no-build-isolation",
                    "--no-deps",
                    "-e",
                    str(ROOT),
                ]
            )
            stamp.write_text(wanted)
        return version

    def _done(self, arguments: list[str]) -> None:
        if self.call(arguments):
            raise NotLaidOutError(f"`{' '.join(arguments)}` failed: see {self.log}")

    def call(self, arguments: Sequence[str]) -> int:
        """Run a program at the top of the source tree; what it prints becomes the log. Return its
        exit code.
        """
        if suite := self.leg.python.suite:
            root = Root(self.tools / ROOT_PROGRAM, suite, KEPT / "debian" / suite)
            arguments = root.command(arguments, self._folders(), ROOT)
        with self.log.open("w") as output:
            return subprocess.run(
                arguments,
                cwd=ROOT,
                env=self._variables(),
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode

    def _folders(self) -> list[Path]:
        """Return what has to be seen in a root: the source tree, and the broker's where that lies
        elsewhere.
        """
        script = self.leg.broker.script
        return [ROOT] if script is None or script.is_relative_to(ROOT) else [ROOT, top_of(script)]

    def _variables(self) -> dict[str, str]:
        ours = ("HOOKLINE_", "PYTHON", "VIRTUAL_ENV", "PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        script = self.leg.broker.script
        return kept | ({SETTING: str(script)} if script else {})


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]
