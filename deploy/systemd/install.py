#!/usr/bin/env python3
"""Install Hookline on a machine with systemd, or bring it up to date; starts nothing.

    sudo python3 deploy/systemd/install.py WHEEL… [--lock FILE] [--root DIR]

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
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCK = HERE.parent / "requirements/run.txt"
PROGRAMS = Path("opt/hookline")
SETTINGS = Path("etc/hookline")
UNITS = (
    "hookline-ingress.service",
    "hookline-ingress.socket",
    "hookline-worker@.service",
    "hookline-subscriptions.service",
    "hookline-console.service",
    "hookline-.service.d/hookline.conf",
)
FILES = (
    (HERE / "run-worker", PROGRAMS / "run-worker", 0o755),
    (HERE.parent / "env.example", SETTINGS / "ingress.env", 0o600),
    (HERE / "worker.env", SETTINGS / "worker.env", 0o600),
    (HERE / "subscriptions.env", SETTINGS / "subscriptions.env", 0o600),
    (HERE / "console.env", SETTINGS / "console.env", 0o600),
    *((HERE / unit, Path("etc/systemd/system", unit), 0o644) for unit in UNITS),
)
"""What is copied, where to, and with which permissions."""
RUNNING_SYSTEMD = Path("/run/systemd/system")
"""Is there while systemd is the first process (sd_booted(3))."""
HIDDEN = ("/root", "/home")
"""Where no service can read: ProtectHome."""
NEXT = """\
Next: fill in {folder}/ingress.env and {folder}/worker.env, then
  systemctl enable --now hookline-ingress.service
  systemctl enable --now "$(systemd-escape --template=hookline-worker@.service erp:orders/create)"
What runs already goes on as it was until
  systemctl restart 'hookline-*.service'"""


class UnusableError(Exception):
    """What was asked for cannot be installed; the message says why, and what can."""


def main(argv: Sequence[str] | None = None) -> int:
    """Install, and return the exit code."""
    arguments = _parser().parse_args(argv)
    os.umask(0o022)  # the services' user reads what root writes here
    try:
        _check(arguments)
        for what, is_new in _installed(arguments.root, arguments.lock, arguments.wheels):
            print("made" if is_new else "kept", what, flush=True)

        if arguments.root == Path("/") and RUNNING_SYSTEMD.is_dir():
            _run("systemctl", "daemon-reload")
    except UnusableError as error:
        print(error, file=sys.stderr)
        return 2
    except (OSError, subprocess.CalledProcessError) as error:
        said = f"not installed to the end: {error}; run it again once that is mended"
        print(said, file=sys.stderr)
        return 1

    print(NEXT.format(folder=arguments.root / SETTINGS))
    return 0


def _parser() -> argparse.ArgumentParser:
    what_it_does = "Installs Hookline on a machine with systemd; starts nothing."
    parser = argparse.ArgumentParser("install.py", description=what_it_does)
    option = parser.add_argument
    ours = "Hookline's, and those of your consumers if they are in any"
    option("wheels", nargs="+", type=Path, metavar="WHEEL", help=ours)
    packages = f"every package that the wheels need, with hashes ({LOCK.name})"
    option("--lock", type=Path, default=LOCK, metavar="FILE", help=packages)
    option("--root", type=Path, default="/", metavar="DIR", help="install below this folder (/)")
    return parser


def _check(arguments: argparse.Namespace) -> None:
    """Raise UnusableError where the arguments cannot be followed."""
    for file in [*arguments.wheels, arguments.lock]:
        if not file.is_file():
            raise UnusableError(f"{file}: no such file")
    _hookline(arguments.wheels)

    if arguments.root != Path("/"):
        return
    if os.geteuid() != 0:
        raise UnusableError("only root can install on the machine itself; use sudo, or --root")
    if sys.base_prefix.startswith(HIDDEN):
        raise UnusableError(
            f"no service can read this Python, {sys.base_prefix}; use /usr/bin/python3, for example"
        )


def _hookline(wheels: Sequence[Path]) -> Path:
    """Return Hookline's own wheel."""
    ours = [one for one in wheels if one.name.startswith("hookline-") and one.suffix == ".whl"]
    if len(ours) != 1:
        raise UnusableError(f"{len(ours)} of these are Hookline's wheel, hookline-….whl; give one")
    return ours[0]


def _installed(root: Path, lock: Path, wheels: Sequence[Path]) -> Iterator[tuple[str, bool]]:
    """Install one thing after the other; yield each, and whether it had to be made."""
    release = root / PROGRAMS / _release(lock, wheels)
    yield str(release), _install(release, lock, wheels)

    for source, place, mode in FILES:
        path = root / place
        is_theirs = place.parent == SETTINGS and path.is_file()
        text = (path if is_theirs else source).read_text()
        yield f"{path} ({mode:o})", _write(path, text, mode)

    # Last: what is half installed is not what the next start takes.
    link = root / PROGRAMS / "current"
    yield f"{link} -> {release.name}", _point(link, release.name)


def _release(lock: Path, wheels: Sequence[Path]) -> str:
    """Name a release by its version and by all that goes into it."""
    contents = hashlib.sha256(sys.version.encode())
    for file in [lock, *sorted(wheels)]:
        contents.update(_sha256(file).encode())

    version = _hookline(wheels).name.split("-")[1]
    return f"{version}-{contents.hexdigest()[:8]}"


def _install(release: Path, lock: Path, wheels: Sequence[Path]) -> bool:
    """Make a virtual environment, anew where an earlier try has left it half made.

    Raises CalledProcessError where venv or pip fails, which have said why.
    """
    whole = release / "whole"
    if whole.is_file():
        return False
    shutil.rmtree(release, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(release))

    # Together with the lock file: what a wheel needs and that does not name is refused.
    ours = release / "wheels.txt"
    ours.write_text("\n".join(f"{one.resolve()} --hash=sha256:{_sha256(one)}" for one in wheels))
    pip = (str(release / "bin/python"), "-m", "pip", "--disable-pip-version-check", "--quiet")
    # Only what is built: to build a package is to run its code, as root.
    built = ("--require-hashes", "--only-binary", ":all:")
    _run(*pip, "install", *built, "-r", str(lock), "-r", str(ours))
    whole.touch()
    return True


def _write(path: Path, text: str, mode: int) -> bool:
    """Write a file in one step; nobody else can read it meanwhile."""
    if path.is_file() and path.read_text() == text and path.stat().st_mode & 0o777 == mode:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(0o600)
    fresh.write_text(text)
    fresh.chmod(mode)
    fresh.replace(path)
    return True


def _point(link: Path, target: str) -> bool:
    """Turn a link over in one step: it is missing at no moment."""
    if link.is_symlink() and str(link.readlink()) == target:
        return False
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
    return True


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main())
