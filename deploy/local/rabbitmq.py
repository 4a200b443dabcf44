"""A private RabbitMQ node: own data, ports, cookie and epmd, on the loopback only, as any user.

Where the environment comes from: the server's `rabbitmq-env`, and each line was needed once for
isolation.
"""

import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from deploy.local.ports import free, speaks_amqp
from deploy.local.server import Server, find
from runtime.ports import free_ports

START_TIMEOUT = 60
"""Seconds: a fresh node takes four to six, a loaded machine several times that."""
STOP_TIMEOUT = 30
ADVANCED = (Path(__file__).parents[1] / "broker/advanced.config").read_text()
"""The two waits that production shortens too; the file says why."""


class NodeError(RuntimeError):
    """The node did not do as it was told; the message ends with what its log says."""


class Node:
    """One node in a folder. Ports and cookie are drawn once and kept there, so that it comes back
    as itself.

    `config` are further lines of `rabbitmq.conf`, `plugins` those to enable; `cookie` and `epmd`
    are what the nodes of a cluster share.
    """

    def __init__(
        self,
        folder: Path,
        name: str = "hookline",
        cookie: str | None = None,
        epmd: int | None = None,
        *,
        config: str = "",
        plugins: Sequence[str] = (),
    ) -> None:
        self.folder, self.name = folder.resolve(), f"{name}@localhost"
        self._config, self._plugins = config, plugins
        self.folder.mkdir(parents=True, exist_ok=True)
        self._server: Server | None = None
        self._starter: subprocess.Popen[bytes] | None = None
        self._facts = self._remembered(cookie, epmd)

    def _remembered(self, cookie: str | None, epmd: int | None) -> dict[str, str | int]:
        file = self.folder / "node.json"
        if not file.exists():
            amqp, distribution, own_epmd = free_ports(3)
            cookie = cookie or secrets.token_hex(16)
            ports = {"amqp": amqp, "distribution": distribution, "epmd": epmd or own_epmd}
            file.write_text(json.dumps({"cookie": cookie, "owns_epmd": epmd is None, **ports}))
            home = self.folder / ".erlang.cookie"
            home.write_text(cookie)
            home.chmod(0o400)
        return dict(json.loads(file.read_text()))

    @property
    def port(self) -> int:
        """The AMQP port on 127.0.0.1."""
        return int(self._facts["amqp"])

    @property
    def epmd(self) -> int:
        """The port of its name server, for the other nodes of its cluster."""
        return int(self._facts["epmd"])

    def url(self, vhost: str = "/") -> str:
        """Return the AMQP URL, user and password included."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{quote(vhost, safe='')}"

    @property
    def pid(self) -> int | None:
        """The process that runs, or None: a number from an earlier life that now is another's does
        not count.
        """
        with suppress(OSError, ValueError):
            pid = int((self.folder / "pid").read_text())
            line = subprocess.run(
                ["ps", "-ww", "-o", "args=", "-p", str(pid)],
                capture_output=True,
                text=True,
                check=False,
            )
            return pid if str(self.folder) in line.stdout else None
        return None

    def start(self) -> "Node":
        """Start it unless it runs, and wait until it speaks AMQP; raises NodeError, NoServerError."""
        if self.pid is None:
            (self.folder / "pid").unlink(missing_ok=True)
            with (self.folder / "output").open("w") as output:
                # A session of its own: a Ctrl-C at the terminal reaches who started it, who then
                # stops it in order.
                self._starter = subprocess.Popen(
                    [self.server.script("rabbitmq-server")],
                    env=self._environment(), stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                    cwd=self.folder, start_new_session=True,
                )  # fmt: skip
        deadline = time.monotonic() + START_TIMEOUT
        while not speaks_amqp(self.port):
            if time.monotonic() > deadline or self._ended_early():
                self.kill()
                raise NodeError(f"RabbitMQ did not start in {self.folder}:\n{self._log_tail()}")
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        """Stop it in order, and its epmd; does nothing where nothing runs."""
        if (pid := self.pid) is not None:
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGTERM)
            self._await_end(pid)
        self._stop_epmd()

    def kill(self) -> None:
        """Kill it, as a crash or a power cut would."""
        if (pid := self.pid) is not None:
            os.kill(pid, signal.SIGKILL)
            self._await_end(pid)

    def freeze(self) -> None:
        """Stop it without ending it: its sockets stay open and nothing answers."""
        os.kill(self._running(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        os.kill(self._running(), signal.SIGCONT)

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl` on it (a second or two each) and return what it printed; raises
        NodeError.
        """
        done = subprocess.run(
            [self.server.script("rabbitmqctl"), "-q", *arguments],
            env=self._environment(), capture_output=True, text=True, cwd=self.folder, check=False, timeout=120,
        )  # fmt: skip
        if done.returncode:
            raise NodeError(f"rabbitmqctl {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout

    def add_vhost(self, name: str) -> str:
        """Make a virtual host, empty, that guest may use; return its URL."""
        self.ctl("add_vhost", name)
        self.ctl("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
        return self.url(name)

    @property
    def server(self) -> Server:
        """The RabbitMQ that it is made of."""
        if self._server is None:
            self._server = find()
        return self._server

    def _environment(self) -> dict[str, str]:
        at, facts = self.folder, self._facts
        config = at / "rabbitmq.conf"
        config.write_text(
            "listeners.tcp.local = 127.0.0.1:{amqp}\ndisk_free_limit.absolute = 50MB\n".format(
                **facts
            )
            + self._config
        )
        (at / "advanced.config").write_text(ADVANCED)
        (at / "plugins").write_text(f"[{','.join(self._plugins)}].\n")
        return os.environ | {
            "HOME": str(at), "PATH": self.server.path, **self.server.environment,
            "RABBITMQ_NODENAME": self.name, "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(facts["amqp"]), "RABBITMQ_DIST_PORT": str(facts["distribution"]),
            "ERL_EPMD_PORT": str(facts["epmd"]), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(at / "data"), "RABBITMQ_LOG_BASE": str(at / "log"),
            "RABBITMQ_CONFIG_FILE": str(config), "RABBITMQ_CONFIG_FILES": str(at / "none"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(at / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(at / "none.env"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(at / "plugins"), "RABBITMQ_PID_FILE": str(at / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                f"-kernel inet_dist_use_interface {{127,0,0,1}} +S 1:1 +A 8 -hookline_folder {at}",
        }  # fmt: skip

    def _running(self) -> int:
        if (pid := self.pid) is None:
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
        (self.folder / "pid").unlink(missing_ok=True)

    def _stop_epmd(self) -> None:
        if self._facts["owns_epmd"] and not free(int(self._facts["epmd"])):
            subprocess.run(
                ["epmd", "-kill"], env=self._environment(), capture_output=True, check=False
            )

    def _ended_early(self) -> bool:
        return "BOOT FAILED" in self._log_tail() or "already running" in self._log_tail()

    def _log_tail(self) -> str:
        logs = [self.folder / "output", *sorted((self.folder / "log").glob("*.log"))]
        return "\n".join(log.read_text(errors="replace")[-2000:] for log in logs if log.exists())


def _alive(pid: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
