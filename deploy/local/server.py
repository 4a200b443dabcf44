"""Which RabbitMQ to run: the one named, the one installed, or one installed now."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SETTING = "HOOKLINE_RABBITMQ_SERVER"
"""Names the start script of another server tree, for trying newer versions."""

# The packages' own wrappers (/usr/sbin/rabbitmq-server) refuse ordinary users and change to the
# system's folders.
_INSTALLED = (
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server",
    "/usr/local/opt/rabbitmq/sbin/rabbitmq-server",
)
_HELP = (
    "RabbitMQ is needed and not here: install rabbitmq-server with your system's package manager, "
    f"or set {SETTING} to its start script, or HOOKLINE_AMQP_URL to a broker that runs already"
)


class NoServerError(RuntimeError):
    """There is no RabbitMQ and none could be installed; the message says what to do."""


@dataclass(frozen=True)
class Server:
    """A RabbitMQ on disk: the folder of its scripts, and what its tree adds to the environment."""

    scripts: Path
    environment: dict[str, str]

    def script(self, name: str) -> str:
        """Return the path of one of its programs: `rabbitmq-server`, `rabbitmqctl`."""
        return str(self.scripts / name)

    @property
    def path(self) -> str:
        """The search path with which its programs find their own Erlang."""
        return self.environment.get("PATH", os.environ.get("PATH", ""))


def find() -> Server:
    """Return the server to run, installed where it may be; raises NoServerError."""
    if named := os.environ.get(SETTING):
        if not Path(named).is_file():
            raise NoServerError(
                f"{SETTING}={named}: no such file; name a rabbitmq-server start script"
            )
        return _tree(Path(named).resolve())
    return installed()


def installed() -> Server:
    """Return the system's own server; installs one where there is none and it may. Raises
    NoServerError.
    """
    return _installed() or _install()


def _tree(script: Path) -> Server:
    """Describe a tree laid out beside the system: its Erlang and its plugins are its own."""
    environment = {"RABBITMQ_PLUGINS_DIR": str(script.parent.parent / "plugins")}
    for folder in script.parents:
        if (erlang := folder / "usr/lib/erlang/bin").is_dir():
            environment["PATH"] = f"{erlang}:{os.environ['PATH']}"
            break
        if (erlang := folder / "lib/erlang/bin").is_dir():
            environment["PATH"] = f"{erlang}:{os.environ['PATH']}"
            break
    return Server(script.parent, environment)


def _installed() -> Server | None:
    found = next((Path(path) for path in _INSTALLED if Path(path).is_file()), None)
    return Server(found.parent, {}) if found else None


def _install() -> Server:
    for command in _installers():
        print("installing RabbitMQ:", " ".join(command), flush=True)
        # RUNLEVEL=1 keeps Debian's package from starting a broker of the system's own.
        environment = os.environ | {"RUNLEVEL": "1", "DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(command, env=environment, check=False).returncode:
            raise NoServerError(_HELP)
    if (server := _installed()) is None:
        raise NoServerError(_HELP)
    return server


def _installers() -> list[list[str]]:
    if shutil.which("apt-get") and (os.geteuid() == 0 or shutil.which("sudo")):
        rights = [] if os.geteuid() == 0 else ["sudo", "--preserve-env=RUNLEVEL,DEBIAN_FRONTEND"]
        return [
            [*rights, "apt-get", "-qq", "update"],
            [*rights, "apt-get", "-qq", "install", "--no-install-recommends", "rabbitmq-server"],
        ]
    if shutil.which("brew"):
        return [["brew", "install", "rabbitmq"]]
    raise NoServerError(_HELP)
