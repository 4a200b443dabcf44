"""Units of systemd, read; and Hookline installed into a folder, with a stand-in for its wheel, or
laid there without a virtual environment.
"""

import shutil
import zipfile
from collections import defaultdict
from pathlib import Path

from deploy.systemd.install import FILES, HERE, PROGRAMS, main

SHARED = "hookline-.service.d/hookline.conf"
INGRESS = "hookline-ingress.service"
SOCKET = "hookline-ingress.socket"
WORKER = "hookline-worker@.service"
SUBSCRIPTIONS = "hookline-subscriptions.service"
CONSOLE = "hookline-console.service"

Unit = dict[str, list[str]]
"""What is said of each key, in order; a key that is said once has a list of one."""

# A stand-in: the real wheel needs half a minute of packages. Its commands print what they are told.
_MODULE = "import sys\n\ndef told():\n    print(*sys.argv[1:])\n"
_METADATA = "Metadata-Version: 2.1\nName: hookline\nVersion: {version}\n"
_WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_SCRIPTS = "[console_scripts]\nhookline-ingress = stand_in:told\nhookline-workers = stand_in:told\n"


def unit(*names: str) -> Unit:
    """Return what some units of ours say, one after the other."""
    said: Unit = defaultdict(list)
    for name in names:
        for line in (HERE / name).read_text().splitlines():
            key, is_said, value = line.partition("=")
            if is_said and not line.startswith("#"):
                said[key].append(value)
    return dict(said)


def stand_in(folder: Path, version: str, needs: str = "") -> Path:
    """Write a wheel that has our name and commands, and nothing else of ours."""
    wheel = folder / f"hookline-{version}-py3-none-any.whl"
    information = f"hookline-{version}.dist-info"
    metadata = _METADATA.format(version=version)
    if needs:
        metadata += f"Requires-Dist: {needs}\n"
    files = {
        "stand_in.py": _MODULE,
        f"{information}/METADATA": metadata,
        f"{information}/WHEEL": _WHEEL,
        f"{information}/entry_points.txt": _SCRIPTS,
        f"{information}/RECORD": "",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            # Always the same bytes: the release is named after them.
            archive.writestr(zipfile.ZipInfo(name), text)
    return wheel


def install(root: Path, wheel: Path, *options: str) -> int:
    """Install below a folder with a lock file that asks for nothing; return the exit code."""
    return main([str(wheel), "--lock", str(lock_beside(wheel)), "--root", str(root), *options])


def lay(root: Path) -> None:
    """Lay the files where the installer copies them, with a program that says what it is told."""
    for source, place, _ in FILES:
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, root / place)

    command = root / PROGRAMS / "current/bin/hookline-workers"
    command.parent.mkdir(parents=True)
    command.write_text('#!/bin/sh\necho "$@"\n')
    command.chmod(0o755)


def lock_beside(wheel: Path) -> Path:
    """Return a lock file beside a wheel that asks for nothing."""
    lock = wheel.with_name("lock.txt")
    lock.touch()
    return lock


def at_home(root: Path) -> Path:
    """Return a folder of the installed units in which the programs are where they really are."""
    folder = root / "verified"
    folder.mkdir()
    for file in (root / "etc/systemd/system").rglob("*"):
        if file.is_file():
            copy = folder / file.relative_to(root / "etc/systemd/system")
            copy.parent.mkdir(exist_ok=True)
            copy.write_text(file.read_text().replace("/opt/hookline", f"{root}/opt/hookline"))
    return folder
