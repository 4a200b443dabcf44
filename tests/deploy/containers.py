"""Containers without an engine: buildah builds, podman and runc run, all of it in one folder.

No registry can be asked here. So the base image is laid out from Debian's packages by debootstrap,
under the official one's name, and the Dockerfile is built unchanged.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path("/var/cache/hookline-tests")
"""What debootstrap has laid out is kept here for the next time."""
PROGRAMS = ("buildah", "podman", "runc", "debootstrap", "catatonit")
PACKAGES = "buildah podman runc netavark aardvark-dns iptables catatonit debootstrap"
SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OF_THIS_MACHINE = (Path("/etc/ssl/certs"), Path("/etc/pip.conf"))
"""What a build needs of this machine where packages come through a proxy of the workplace."""
SERVICE_STARTS = 20
"""Seconds."""

# runc, because crun refuses a machine with both kinds of cgroups; the limits, because no container
# may raise its own where the machine itself is one.
_CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=16384:16384", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "{folder}/networks"
"""
_STORAGE_CONF = """
[storage]
driver = "overlay"
graphroot = "{folder}/storage"
runroot = "{folder}/run"
"""


class Containers:
    """Images, containers, networks and volumes of one test session."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = dict(os.environ)
        for variable, text in (
            ("CONTAINERS_CONF", _CONTAINERS_CONF),
            ("CONTAINERS_STORAGE_CONF", _STORAGE_CONF),
        ):
            file = folder / variable.lower()
            file.write_text(text.format(folder=folder))
            self.environment[variable] = str(file)

    def why_not(self) -> str:
        """Say what keeps this machine from running containers; empty where nothing does."""
        missing = [name for name in PROGRAMS if shutil.which(name) is None]
        if missing:
            return f"no {', '.join(missing)} here: apt-get install {PACKAGES}"
        if os.geteuid() != 0:
            return "debootstrap and podman's networks need root"

        told = self.finished("podman", "info")
        return f"podman info fails: {told.stderr.strip()}" if told.returncode else ""

    def finished(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, whatever it comes to."""
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )

    def run(self, *command: str) -> str:
        """Run a program that must succeed, and return what it printed."""
        done = self.finished(*command)
        told = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert done.returncode == 0, f"{' '.join(command)}:\n{told}"
        return done.stdout.strip()

    def podman(self, *arguments: str) -> str:
        """Run podman."""
        return self.run("podman", *arguments)

    def lay_out_base(self, name: str) -> None:
        """Make an image of this name from the packages of the Debian that its tag ends with."""
        suite = name.rpartition("-")[2]
        container = self.run("buildah", "from", "scratch")
        self.run("buildah", "add", "-q", container, str(debian(suite)), "/")
        self.run("buildah", "config", "--env", f"PATH={SEARCHED}", "--cmd", "bash", container)
        self.run("buildah", "commit", "-q", "--rm", container, name)

    def build(self, name: str, file: Path, context: Path, *options: str) -> None:
        """Build an image from its Dockerfile."""
        mounts = [f"--volume={path}:{path}:ro" for path in OF_THIS_MACHINE if path.exists()]
        # `docker`: the other format knows no HEALTHCHECK.
        kind = ["--pull-never", "--isolation=chroot", "--format=docker", "--layers"]
        self.run(
            "buildah", "bud", *kind, *mounts, *options, "-t", name, "-f", str(file), str(context)
        )

    @contextmanager
    def service(self) -> Iterator[str]:
        """Answer as a Docker engine does, at the address that is yielded."""
        socket = self.folder / "engine.sock"
        address = f"unix://{socket}"
        log = (self.folder / "engine.log").open("w")
        command = ["podman", "system", "service", "--time=0", address]
        process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + SERVICE_STARTS
            while not socket.exists():
                assert time.monotonic() < deadline, "podman's service does not start"
                time.sleep(0.05)
            yield address
        finally:
            process.terminate()
            process.wait()
            log.close()

    def clean(self) -> None:
        """Remove everything."""
        self.finished("podman", "rm", "--all", "--force", "--time=5", "--volumes")
        self.finished("podman", "network", "prune", "--force")
        self.finished("buildah", "rm", "--all")
        self.finished("umount", "--lazy", str(self.folder / "storage/overlay"))
        shutil.rmtree(self.folder, ignore_errors=True)


def debian(suite: str) -> Path:
    """Return an archive of a small Debian with Python, laid out the first time (a minute)."""
    archive = CACHE / f"{suite}-python.tar.gz"
    if archive.exists():
        return archive

    CACHE.mkdir(parents=True, exist_ok=True)
    folder = CACHE / f"{suite}.{os.getpid()}"
    try:
        # `sid`: the script for suites that this machine's debootstrap is too old to know.
        packages = "--include=ca-certificates,python3,python3-venv"
        lay_out = ["debootstrap", "--variant=minbase", packages, suite, str(folder), mirror()]
        subprocess.run([*lay_out, "sid"], capture_output=True, check=True)

        part = CACHE / f"{folder.name}.tar.gz"
        subprocess.run(
            ["tar", "-C", str(folder), "-I", "gzip -1", "-cf", str(part), "."], check=True
        )
        part.rename(archive)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return archive


def mirror() -> str:
    """Return the address of Debian's packages that this machine uses."""
    files = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    sources = "\n".join(file.read_text() for file in files if file.is_file())
    found = re.findall(
        r"^(?:URIs:|deb )\s*(?:\[.*?\]\s*)?(\S+/debian)(?:\s|$)", sources, re.MULTILINE
    )
    assert found, "no Debian mirror in apt's sources"
    return str(found[0])
