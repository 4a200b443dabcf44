"""HAProxy and nginx under way, with the very files of `deploy/` but for addresses and paths."""

import asyncio
import getpass
import grp
import os
import shutil
import signal
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import trustme

from runtime.ports import free_ports
from tests.system.waiting import until

ROOT = Path(__file__).parents[2]
SYSTEM_PROGRAMS = f"{os.environ['PATH']}:/usr/local/sbin:/usr/sbin"
NOBODY = 1
"""A port that refuses."""


@dataclass(frozen=True)
class Program:
    """A load balancer: who brings it, the file that is tried, and what makes it read that again."""

    name: str
    package: str
    file: Path
    reload: signal.Signals

    @property
    def path(self) -> str:
        """Where it is installed; the test is skipped where it is not."""
        found = shutil.which(self.name, path=SYSTEM_PROGRAMS)
        if found is None:
            pytest.skip(f"no {self.name} here: install Debian's package {self.package}")
        return found


HAPROXY = Program("haproxy", "haproxy", ROOT / "deploy/haproxy/haproxy.cfg", signal.SIGUSR2)
NGINX = Program("nginx", "nginx-light", ROOT / "deploy/nginx/nginx.conf", signal.SIGHUP)

each = pytest.mark.parametrize("program", [HAPROXY, NGINX], ids=lambda program: program.name)


@dataclass(frozen=True)
class Door:
    """Where an ingress listens."""

    port: int
    admin_port: int


@dataclass(frozen=True)
class Place:
    """Where a balancer listens, what stands behind it, and where its files are."""

    folder: Path
    doors: tuple[Door, Door, Door]
    tls: int
    plain: int
    limited_by: str = ""
    """`address`, `shop`, or nothing."""
    marked_down: int | None = None
    """The door that nginx is told to leave alone."""

    @property
    def certificate(self) -> Path:
        """Chain and key in one file."""
        return self.folder / "webhooks.pem"


@dataclass(frozen=True)
class Balancer:
    """A balancer under way."""

    program: Program
    place: Place
    process: asyncio.subprocess.Process
    trusting: ssl.SSLContext

    @property
    def authority(self) -> Path:
        """Whose certificate it has."""
        return self.place.folder / "authority.pem"

    @property
    def written(self) -> str:
        """Its access log, and whatever else it said."""
        texts = [file.read_text() for file in sorted(self.place.folder.glob("*.log"))]
        return "".join(texts)

    def workers(self) -> set[int]:
        """The processes that do its work."""
        return workers(self.process.pid)

    async def reload(self) -> None:
        """Make it read its file again, and wait for the processes that do the work from now on."""
        before = self.workers()
        self.process.send_signal(self.program.reload)

        async def fresh() -> set[int]:
            return self.workers() - before

        await until(fresh, what="another worker of the balancer")

    async def mark_down(self, door: int | None) -> None:
        """Have nginx leave a door alone, or none, as an operator does who restarts it."""
        write_nginx_file(replace(self.place, marked_down=door))
        await self.reload()


def workers(pid: int) -> set[int]:
    """Return the children of a process."""
    with suppress(FileNotFoundError):
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return {int(one) for one in listed.split()}
    return set()


def haproxy_environment(place: Place) -> dict[str, str]:
    """Say to HAProxy's file where everything is; the file itself stays as it is."""
    group = grp.getgrgid(os.getgid()).gr_name
    told = {
        "WEBHOOKS_TLS": f"127.0.0.1:{place.tls}",
        "WEBHOOKS_PLAIN": f"127.0.0.1:{place.plain}",
        "WEBHOOKS_PEM": str(place.certificate),
        "HAPROXY_USER": getpass.getuser(),
        "HAPROXY_GROUP": group,
        "HAPROXY_SOCKET": str(place.folder / "haproxy.sock"),
    }
    for number, door in enumerate(place.doors, 1):
        told[f"INGRESS_{number}"] = f"127.0.0.1:{door.port}"
        told[f"INGRESS_{number}_ADMIN_PORT"] = str(door.admin_port)
    if place.limited_by:
        told[f"MOST_PER_{place.limited_by.upper()}"] = "20"
    return told


def nginx_lines(place: Place) -> dict[str, str]:
    """Say what stands in those lines of nginx's file that are the operator's."""
    folder = place.folder
    lines = {
        "user www-data": f"user {getpass.getuser()};",
        "pid ": f"pid {folder}/nginx.pid;",
        "error_log ": f"error_log {folder}/error.log;",
        "access_log ": f"access_log {folder}/access.log request;",
        "listen 443 ": f"listen 127.0.0.1:{place.tls} ssl http2 default_server;",
        "listen 127.0.0.1:8000 ": f"listen 127.0.0.1:{place.plain} default_server;",
        "ssl_certificate ": f"ssl_certificate {place.certificate};",
        "ssl_certificate_key ": f"ssl_certificate_key {place.certificate};",
    }
    for number, door in enumerate(place.doors, 1):
        address = f"server 10.0.0.1{number}:8080"
        down = " down" if place.marked_down == number - 1 else ""
        lines[address] = f"server 127.0.0.1:{door.port} max_fails=1 fail_timeout=5s{down};"
    if place.limited_by == "address":
        lines["# yours: $binary_remote_addr"] = "default $binary_remote_addr;"
    if place.limited_by == "shop":
        lines["# yours: $http_x_spiffy_shop_domain"] = "default $http_x_spiffy_shop_domain;"
    return lines


def with_yours(text: str, yours: Mapping[str, str]) -> str:
    """Put each line in place of the one that holds the words before it, and is the operator's."""
    lines = text.splitlines()
    for words, line in yours.items():
        (number,) = [at for at, one in enumerate(lines) if words in one and "# yours" in one]
        lines[number] = line
    return "\n".join(lines) + "\n"


def write_nginx_file(place: Place) -> Path:
    """Write nginx's file with this place's lines; return where it is."""
    file = place.folder / "nginx.conf"
    file.write_text(with_yours(NGINX.file.read_text(), nginx_lines(place)))
    return file


def _command(program: Program, place: Place) -> list[str]:
    """Return how the program is started in this place, in the foreground."""
    if program is HAPROXY:
        return [program.path, "-W", "-f", str(program.file)]

    file = write_nginx_file(place)
    errors = str(place.folder / "error.log")
    return [program.path, "-c", str(file), "-e", errors, "-g", "daemon off;"]


def certified(place: Place) -> ssl.SSLContext:
    """Write a certificate, and its authority beside it; return what trusts it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(place.folder / "authority.pem"))
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(place.certificate))

    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    return trusting


@asynccontextmanager
async def balancer(
    program: Program, folder: Path, doors: list[Door], *, limited_by: str = ""
) -> AsyncIterator[Balancer]:
    """Run a balancer before one to three doors, and yield it once it listens.

    HAProxy shares a port with whoever listens on it already, silently. So the ports are ones that
    could just be had alone, and at the end master and workers are seen to be gone.
    """
    closed = [Door(NOBODY, NOBODY)] * 3
    first, second, third = [*doors, *closed][:3]
    tls, plain = free_ports(2)
    place = Place(folder, (first, second, third), tls, plain, limited_by)
    trusting = certified(place)

    with open(folder / f"{program.name}.log", "ab") as log:
        process = await asyncio.create_subprocess_exec(
            *_command(program, place),
            env=os.environ | haproxy_environment(place),
            stdout=log,
            stderr=log,
        )
    try:
        found = Balancer(program, place, process, trusting)
        await until(lambda: _listens(found), what=f"{program.name} listens")
        yield found
    finally:
        await _end(process)


async def _listens(found: Balancer) -> bool:
    assert found.process.returncode is None, found.written
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", found.place.plain)
        writer.close()
        return True
    return False


async def _end(process: asyncio.subprocess.Process) -> None:
    """End master and workers, by their ids."""
    begun = workers(process.pid)
    with suppress(ProcessLookupError):
        process.terminate()
    await asyncio.wait_for(process.wait(), 20)

    async def gone() -> bool:
        return not any(Path(f"/proc/{pid}").exists() for pid in begun)

    await until(gone, what="the balancer's workers are gone")
