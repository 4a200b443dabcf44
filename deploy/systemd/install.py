#!/usr/bin/env python3
"""Install Hookline on a machine with systemd, or bring it up to date; starts nothing.

    sudo python3 deploy/systemd/install.py WHEEL… [--lock FILE] [--root DIR] [--dry-run]

    /opt/hookline/RELEASE    a virtual environment: the lock file's packages, and the wheels
    /opt/hookline/current    points to the release that runs at the next start
    /etc/hookline/*.env      the settings, for root alone; made once, never written over
    /etc/systemd/system      the units

Run again, it leaves what is right as it is; with an older wheel, it goes back to that.

Exit codes: 0 done, 1 failed, 2 bad usage.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

HERE = Path(__file__).resolve().parent
LOCK = HERE.parent / "requirements/run.txt"
SETTINGS = HERE.parent / "env.example"
UNITS = (
    "hookline-ingress.service",
    "hookline-ingress.socket",
    "hookline-worker@.service",
    "hookline-.service.d/hookline.conf",
)
PROGRAMS = Path("opt/hookline")
UNITS_FOLDER = Path("etc/systemd/system")
ENVIRONMENT = Path("etc/hookline")
RUNNING_SYSTEMD = Path("/run/systemd/system")
"""Is there while systemd is the first process (sd_booted(3))."""
HIDDEN = ("/root", "/home")
"""Where no service can read: ProtectHome."""

INGRESS_HEAD = """\
# Settings of hookline-ingress.service; it reads them when it starts.

# How many processes share the port.
PROCESSES=1

"""
WORKER_HEAD = """\
# Settings of each hookline-worker@….service; it reads them when it starts.

# The modules that hold the consumers, with blanks between. They are found in installed packages
# and in /srv/hookline.
MODULES=

# How many processes each instance runs.
PROCESSES=1

"""
ADMIN_PORT = """
# An instance with a fixed one has it from /etc/hookline/worker-INSTANCE.env.
HOOKLINE_ADMIN_PORT=0
"""
NEXT = """\
Next: fill in {folder}/ingress.env and {folder}/worker.env, then
  systemctl enable --now hookline-ingress.service
  systemctl enable --now "$(systemd-escape --template=hookline-worker@.service erp:orders/create)"
What runs already goes on as it was until
  systemctl restart 'hookline-*.service'"""


class UnusableError(Exception):
    """What was asked for cannot be installed; the message says why, and what can."""


class Step(Protocol):
    """One thing that is to be so."""

    @property
    def what(self) -> str:
        """Name it."""

    def is_so(self) -> bool:
        """Tell whether nothing is to do."""

    def make(self) -> None:
        """Make it so; what stands half made from an earlier try is made anew."""


@dataclass(frozen=True)
class File:
    """A file of this text and these permissions; `once`: a text that is there already stays."""

    path: Path
    text: str
    mode: int
    once: bool = False

    @property
    def what(self) -> str:
        """Its path and permissions."""
        return f"{self.path} ({self.mode:o})"

    def is_so(self) -> bool:
        """Tell whether text and permissions are as they should be."""
        if not self.path.is_file():
            return False
        if self.path.stat().st_mode & 0o777 != self.mode:
            return False
        return self.once or self.path.read_text() == self.text

    def make(self) -> None:
        """Write it; nobody else can read it meanwhile."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.once and self.path.exists():
            self.path.chmod(self.mode)
            return

        fresh = self.path.with_name(f".{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.touch(0o600)
        fresh.write_text(self.text)
        fresh.chmod(self.mode)
        fresh.replace(self.path)


@dataclass(frozen=True)
class Release:
    """A virtual environment that holds the wheels and what the lock file names."""

    folder: Path
    lock: Path
    wheels: Sequence[Path]

    @property
    def what(self) -> str:
        """Its folder."""
        return str(self.folder)

    @property
    def _whole(self) -> Path:
        return self.folder / "whole"

    def is_so(self) -> bool:
        """Tell whether it was made to its end."""
        return self._whole.is_file()

    def make(self) -> None:
        """Make it; raises CalledProcessError where venv or pip fails, which have said why."""
        shutil.rmtree(self.folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(self.folder))

        # Together with the lock file: what a wheel needs and that does not name is refused.
        ours = self.folder / "wheels.txt"
        lines = [f"{one.resolve()} --hash=sha256:{_sha256(one)}" for one in self.wheels]
        ours.write_text("\n".join(lines))
        pip = (
            str(self.folder / "bin/python"),
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--quiet",
        )
        locked = ("--require-hashes", "--requirement", str(self.lock), "--requirement", str(ours))
        _run(*pip, "install", *locked)
        self._whole.touch()


@dataclass(frozen=True)
class Link:
    """A link in a folder to something beside it."""

    path: Path
    target: str

    @property
    def what(self) -> str:
        """Its path and where it points."""
        return f"{self.path} -> {self.target}"

    def is_so(self) -> bool:
        """Tell whether it points there."""
        return self.path.is_symlink() and str(self.path.readlink()) == self.target

    def make(self) -> None:
        """Turn it over in one step: it is missing at no moment."""
        fresh = self.path.with_name(f".{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self.target)
        fresh.replace(self.path)


def main(argv: Sequence[str] | None = None) -> int:
    """Install, or say what would be done; return the exit code."""
    arguments = _parser().parse_args(argv)
    os.umask(0o022)  # the services' user reads what root writes here
    try:
        _check(arguments)
        for step in _steps(arguments):
            _do(step, dry_run=arguments.dry_run)
    except UnusableError as error:
        print(error, file=sys.stderr)
        return 2
    except (OSError, subprocess.CalledProcessError) as error:
        print(
            f"not installed to the end: {error}; run it again once that is mended", file=sys.stderr
        )
        return 1

    if not arguments.dry_run:
        _tell_systemd(arguments.root)
    print(NEXT.format(folder=arguments.root / ENVIRONMENT))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "install.py", description="Installs Hookline on a machine with systemd; starts nothing."
    )
    parser.add_argument(
        "wheels",
        nargs="+",
        type=Path,
        metavar="WHEEL",
        help="Hookline's, and those of your consumers if they are in any",
    )
    parser.add_argument(
        "--lock",
        type=Path,
        default=LOCK,
        metavar="FILE",
        help=f"every package that the wheels need, with hashes ({LOCK.name})",
    )
    parser.add_argument(
        "--root", type=Path, default=Path("/"), metavar="DIR", help="install below this folder (/)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    return parser


def _check(arguments: argparse.Namespace) -> None:
    """Raise UnusableError where the arguments cannot be followed."""
    for file in [*arguments.wheels, arguments.lock]:
        if not file.is_file():
            raise UnusableError(f"{file}: no such file")
    _hookline(arguments.wheels)

    if arguments.root != Path("/") or arguments.dry_run:
        return
    if os.geteuid() != 0:
        raise UnusableError(
            "only root can install on the machine itself; use sudo, --root or --dry-run"
        )
    if sys.base_prefix.startswith(HIDDEN):
        raise UnusableError(
            f"no service can read this Python, {sys.base_prefix}; use /usr/bin/python3, for example"
        )


def _hookline(wheels: Sequence[Path]) -> Path:
    """Return Hookline's own wheel."""
    for wheel in wheels:
        if wheel.name.startswith("hookline-") and wheel.suffix == ".whl":
            return wheel
    raise UnusableError(
        "none of these is Hookline's wheel; its name begins with hookline-, ends with .whl"
    )


def _steps(arguments: argparse.Namespace) -> Iterator[Step]:
    programs = arguments.root / PROGRAMS
    release = _release(arguments.wheels, arguments.lock)
    yield Release(programs / release, arguments.lock, arguments.wheels)
    yield File(programs / "run-worker", (HERE / "run-worker").read_text(), 0o755)

    ingress, worker = _environments()
    yield File(arguments.root / ENVIRONMENT / "ingress.env", ingress, 0o600, once=True)
    yield File(arguments.root / ENVIRONMENT / "worker.env", worker, 0o600, once=True)

    for unit in UNITS:
        yield File(arguments.root / UNITS_FOLDER / unit, (HERE / unit).read_text(), 0o644)

    # Last: what is half installed is not what the next start takes.
    yield Link(programs / "current", release)


def _release(wheels: Sequence[Path], lock: Path) -> str:
    """Name a release by its version and by all that goes into it."""
    contents = hashlib.sha256(sys.version.encode())
    for file in [lock, *sorted(wheels)]:
        contents.update(_sha256(file).encode())

    version = _hookline(wheels).name.split("-")[1]
    return f"{version}-{contents.hexdigest()[:8]}"


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _environments() -> tuple[str, str]:
    """Return the environment files of the ingress, with every setting, and of the workers."""
    settings = SETTINGS.read_text()
    for_both, _, _ = settings.partition("\n# --- the one app of hookline-ingress")
    for_workers = for_both.replace("\nHOOKLINE_ADMIN_PORT=\n", ADMIN_PORT)
    return INGRESS_HEAD + settings, WORKER_HEAD + for_workers


def _do(step: Step, *, dry_run: bool) -> None:
    if step.is_so():
        print(f"kept        {step.what}")
    elif dry_run:
        print(f"would make  {step.what}")
    else:
        step.make()
        print(f"made        {step.what}", flush=True)


def _tell_systemd(root: Path) -> None:
    """Have systemd read the units, where they are its own and it runs."""
    if root == Path("/") and RUNNING_SYSTEMD.is_dir():
        _run("systemctl", "daemon-reload")


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main())
