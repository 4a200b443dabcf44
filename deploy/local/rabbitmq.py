"""A private RabbitMQ node: own data, ports, cookie and epmd, on the loopback only, as any user."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from deploy.local.home import Home
from deploy.local.ports import free, speaks_amqp
from deploy.local.server import Server, find

START_TIMEOUT = 180
"""Seconds: a fresh node takes four to six, a loaded machine several times that, and longer where it
has hundreds of queues to take up again. One that ends is not waited for.
"""
STOP_TIMEOUT = 30
CTL_TIMEOUT = 120
PROCESSES = Path("/proc")
"""What Linux shows of processes; elsewhere `ps` is asked."""


class NodeError(RuntimeError):
    """The node did not do as it was told; the message ends with what its log says."""


class Node:
    """One node in a folder, which keeps its ports and cookie, so that it comes back as itself.

    `config` are further lines of `rabbitmq.conf`, `erlang` further arguments of Erlang, `plugins`
    those to enable; `cookie` and `epmd` are what the nodes of a cluster share. It and its tools
    keep to a `core`, where one is given, which Linux alone can do.
    """

    def __init__(
        self,
        folder: Path,
        name: str = "hookline",
        cookie: str | None = None,
        epmd: int | None = None,
        *,
        config: str = "",
        erlang: str = "",
        plugins: Sequence[str] = (),
        core: int | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.name = f"{name}@localhost"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._home = Home(self.folder, self.name, config, erlang, plugins)
        self._facts = self._home.facts(cookie, epmd)
        self._core = core
        self._starter: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """The AMQP port on 127.0.0.1."""
        return self._facts.amqp

    @property
    def epmd(self) -> int:
        """The port of its name server, for the other nodes of its cluster."""
        return self._facts.epmd

    def url(self, vhost: str = "/") -> str:
        """Return the AMQP URL, user and password included."""
        path = quote(vhost, safe="")
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{path}"

    @property
    def pid(self) -> int | None:
        """The process that runs, or None.

        A number from an earlier life, which now is another's, does not count.
        """
        try:
            pid = int(self._home.pid_file.read_text())
        except (OSError, ValueError):
            return None

        if str(self.folder) not in _command_line(pid):
            return None
        return pid

    def start(self) -> "Node":
        """Start it unless it runs, and wait until it speaks AMQP.

        Raises NodeError and NoServerError.
        """
        if self.pid is None:
            self._home.pid_file.unlink(missing_ok=True)
            self._launch()

        deadline = time.monotonic() + START_TIMEOUT
        while not speaks_amqp(self.port):
            if time.monotonic() > deadline or self._ended_early():
                self.kill()
                raise NodeError(
                    f"RabbitMQ did not start in {self.folder}:\n{self._home.log_tail()}"
                )
            time.sleep(0.1)
        return self

    def _launch(self) -> None:
        self._home.show_libraries(self.server)
        command = [self.server.script("rabbitmq-server")]
        with self._home.output.open("w") as output, _kept_to(self._core):
            # A session of its own: a Ctrl-C at the terminal reaches who started it, who then stops
            # it in order.
            self._starter = subprocess.Popen(
                command,
                env=self._environment(),
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Stop it in order, and its epmd; does nothing where nothing runs."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGTERM)
            self._await_end(pid)
        self._stop_epmd()

    def kill(self) -> None:
        """Kill it, as a crash or a power cut would."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self._await_end(pid)

    def freeze(self) -> None:
        """Stop it without ending it: its sockets stay open and nothing answers."""
        os.kill(self._running(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        os.kill(self._running(), signal.SIGCONT)

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl` on it (a second or two each) and return what it printed.

        Raises NodeError.
        """
        with _kept_to(self._core):
            done = subprocess.run(
                [self.server.script("rabbitmqctl"), "-q", *arguments],
                env=self._environment(),
                capture_output=True,
                text=True,
                cwd=self.folder,
                check=False,
                timeout=CTL_TIMEOUT,
            )
        if done.returncode:
            asked = " ".join(arguments)
            told = done.stderr or done.stdout
            raise NodeError(f"rabbitmqctl {asked}: {told}")
        return done.stdout

    def add_vhost(self, name: str) -> str:
        """Make a virtual host, empty, that guest may use; return its URL."""
        self.ctl("add_vhost", name)
        self.ctl("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
        return self.url(name)

    @cached_property
    def server(self) -> Server:
        """The RabbitMQ that it is made of."""
        return find()

    def _environment(self) -> dict[str, str]:
        self._home.configure(self._facts)
        return self._home.environment(self._facts, self.server)

    def _running(self) -> int:
        pid = self.pid
        if pid is None:
            raise NodeError(f"no node runs in {self.folder}")
        return pid

    def _await_end(self, pid: int) -> None:
        deadline = time.monotonic() + STOP_TIMEOUT
        while _alive(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

        if self._starter is not None:
            self._starter.wait(STOP_TIMEOUT)
            self._starter = None
        self._home.pid_file.unlink(missing_ok=True)

    def _stop_epmd(self) -> None:
        if not self._facts.owns_epmd or free(self.epmd):
            return

        command = ["epmd", "-kill"]
        subprocess.run(command, env=self._environment(), capture_output=True, check=False)

    def _ended_early(self) -> bool:
        tail = self._home.log_tail()
        return "BOOT FAILED" in tail or "already running" in tail


@contextmanager
def _kept_to(core: int | None) -> Iterator[None]:
    """Have what this thread starts meanwhile run on one core."""
    if core is None:
        yield
        return

    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _command_line(pid: int) -> str:
    """Return the command line of a process; an empty one where there is none."""
    if PROCESSES.is_dir():
        with suppress(OSError):
            return (PROCESSES / str(pid) / "cmdline").read_text(errors="replace")
        return ""

    command = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    with suppress(OSError):
        shown = subprocess.run(command, capture_output=True, text=True, check=False)
        return shown.stdout
    return ""


def _alive(pid: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
