"""The folder of a private node: its ports and cookie, its configuration, and its environment."""

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local import libraries
from deploy.local.server import Server
from runtime.ports import free_ports

CONFIG = """\
listeners.tcp.local = 127.0.0.1:{port}
disk_free_limit.absolute = 50MB
"""
ADVANCED = (Path(__file__).parents[1] / "broker/advanced.config").read_text()
"""The two waits that production shortens too; the file says why."""


@dataclass(frozen=True)
class Facts:
    """What is drawn once for a node, so that it comes back as itself."""

    cookie: str
    amqp: int
    distribution: int
    epmd: int
    owns_epmd: bool
    """Whether the name server is its own, and not that of another node of its cluster."""


@dataclass(frozen=True)
class Home:
    """A node's folder.

    `config` are further lines of `rabbitmq.conf`, `erlang` further arguments of Erlang, `plugins`
    those to enable.
    """

    folder: Path
    name: str
    config: str
    erlang: str
    plugins: Sequence[str]

    def facts(self, cookie: str | None = None, epmd: int | None = None) -> Facts:
        """Return the facts that are kept here; draw what is not given, where none are yet."""
        file = self.folder / "node.json"
        if not file.exists():
            facts = _drawn(cookie, epmd)
            file.write_text(json.dumps(vars(facts)))
            self._write_cookie(facts.cookie)

        kept = json.loads(file.read_text())
        return Facts(**kept)

    def _write_cookie(self, cookie: str) -> None:
        file = self.folder / ".erlang.cookie"
        file.write_text(cookie)
        file.chmod(0o400)

    @property
    def pid_file(self) -> Path:
        """Where the node writes its process id."""
        return self.folder / "pid"

    @property
    def output(self) -> Path:
        """What the node has printed."""
        return self.folder / "output"

    def show_libraries(self, server: Server) -> None:
        """Choose what the node is made of. While it runs it goes on reading there: not then."""
        wanted = ["rabbit", *self.plugins]
        libraries.show(server.libraries, wanted, self._libraries)

    @property
    def _libraries(self) -> Path:
        return self.folder / "libraries"

    def configure(self, facts: Facts) -> None:
        """Write the files that the node reads when it starts."""
        config = CONFIG.format(port=facts.amqp) + self.config
        plugins = ",".join(self.plugins)
        (self.folder / "rabbitmq.conf").write_text(config)
        (self.folder / "advanced.config").write_text(ADVANCED)
        (self.folder / "plugins").write_text(f"[{plugins}].\n")

    def environment(self, facts: Facts, server: Server) -> dict[str, str]:
        """Return the environment of the node and of its tools.

        The variables are those of the server's `rabbitmq-env`. Each was needed once, so that
        nothing of another node's, or of the system's, is taken.
        """
        at = self.folder
        loopback = "inet_dist_use_interface {127,0,0,1}"
        places = [place for place in (self._libraries, server.erlang_libraries) if place]
        first = " ".join(libraries.fullest(places))
        return os.environ | {
            "HOME": str(at),
            "PATH": server.path,
            **server.environment,
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(facts.amqp),
            "RABBITMQ_DIST_PORT": str(facts.distribution),
            "ERL_EPMD_PORT": str(facts.epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(at / "data"),
            "RABBITMQ_LOG_BASE": str(at / "log"),
            "RABBITMQ_CONFIG_FILE": str(at / "rabbitmq.conf"),
            "RABBITMQ_CONFIG_FILES": str(at / "none"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(at / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(at / "none.env"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(at / "plugins"),
            "RABBITMQ_PLUGINS_DIR": str(self._libraries),
            "RABBITMQ_PID_FILE": str(self.pid_file),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                f"-kernel {loopback} +S 1:1 +A 8 -hookline_folder {at} {self.erlang} -pa {first}"
            ),
        }

    def log_tail(self) -> str:
        """Return the end of what the node has printed and logged."""
        logs = sorted((self.folder / "log").glob("*.log"))
        texts = [log.read_text(errors="replace") for log in [self.output, *logs] if log.exists()]
        return "\n".join(text[-2000:] for text in texts)


def _drawn(cookie: str | None, epmd: int | None) -> Facts:
    amqp, distribution, own_epmd = free_ports(3)
    return Facts(
        cookie=cookie or secrets.token_hex(16),
        amqp=amqp,
        distribution=distribution,
        epmd=epmd or own_epmd,
        owns_epmd=epmd is None,
    )
