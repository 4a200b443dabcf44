"""Programs run in the root of another Debian, by chroot. Its mounts end with the process that made
them.
"""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT_PROGRAM = "debian-root"

# In a mount namespace of its own: what is mounted below .run is seen by nobody else, and never
# outlives this. So a `make clean` cannot reach /dev through it, even after a kill.
_ENTER = """
set -e
program=$1 suite=$2 root=$3; shift 3
"$program" "$suite" "$root" >/dev/null
while [ "$1" != -- ]; do mkdir -p "$root$1"; mount --bind "$1" "$root$1"; shift; done
shift
exec chroot "$root" "$@"
"""
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Root:
    """A Debian of a suite in a folder, laid out by `program` the first time that something runs in
    it.
    """

    program: Path
    suite: str
    folder: Path

    def command(self, arguments: Sequence[str], folders: Iterable[Path], at: Path) -> list[str]:
        """Return what runs a program in it, at a folder; `folders` of ours have the same paths
        inside.
        """
        enter = [
            "unshare",
            "--mount",
            "sh",
            "-c",
            _ENTER,
            "sh",
            str(self.program),
            self.suite,
            str(self.folder),
        ]
        inside = ["env", "-C", str(at), f"PATH={_PATH}", "HOME=/root", *arguments]
        return [*enter, *map(str, folders), "--", *inside]


def why_no_root(tools: Path) -> str:
    """Say what keeps this machine from laying out a Debian; empty where nothing does."""
    if not (tools / ROOT_PROGRAM).is_file():
        return "is not there (--tools names its folder)"
    if sys.platform != "linux" or not shutil.which("unshare"):
        return "needs Linux with `unshare`"
    return "" if os.geteuid() == 0 else "needs root"
