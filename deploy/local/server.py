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
    def libraries(self) -> Path:
        """The folder of what it is made of, its plugins included."""
        home = Path(self.script("rabbitmq-server")).resolve().parent.parent
        return home / "plugins"

    @property
    def erlang_libraries(self) -> Path | None:
        """The folder of what comes with its Erlang; None where that is not on the search path."""
        program = shutil.which("erl", path=self.path)
        if program is None:
            return None
        return Path(program).resolve().parent.parent / "lib"

    @property
    def path(self) -> str:
        """The search path with which its programs find their own Erlang."""
        return self.environment.get("PATH", os.environ.get("PATH", ""))


def find() -> Server:
    """Return the server to run, installed where it may be; raises NoServerError."""
    named = os.environ.get(SETTING)
    if not named:
        return installed()

    script = Path(named)
    if not script.is_file():
        advice = "name a rabbitmq-server start script"
        raise NoServerError(f"{SETTING}={named}: no such file; {advice}")
    return _tree(script.resolve())


def installed() -> Server:
    """Return the system's own server; installs one where there is none and it may.

    Raises NoServerError.
    """
    server = _installed()
    if server is not None:
        return server

    _install()
    server = _installed()
    if server is None:
        raise NoServerError(_HELP)
    return server


def _tree(script: Path) -> Server:
    """Describe a tree laid out beside the system: its Erlang is its own."""
    environment = dict[str, str]()

    erlang = _erlang_above(script)
    if erlang is not None:
        path = os.environ["PATH"]
        environment["PATH"] = f"{erlang}:{path}"
    return Server(script.parent, environment)


def _erlang_above(script: Path) -> Path | None:
    """Return the programs of the tree's own Erlang, the nearest above the script."""
    for folder in script.parents:
        for place in ("usr/lib/erlang/bin", "lib/erlang/bin"):
            programs = folder / place
            if programs.is_dir():
                return programs
    return None


def _installed() -> Server | None:
    for place in _INSTALLED:
        script = Path(place)
        if script.is_file():
            return Server(script.parent, {})
    return None


def _install() -> None:
    # RUNLEVEL=1 keeps Debian's package from starting a broker of the system's own.
    environment = os.environ | {"RUNLEVEL": "1", "DEBIAN_FRONTEND": "noninteractive"}
    for command in _installers():
        print("installing RabbitMQ:", " ".join(command), flush=True)
        done = subprocess.run(command, env=environment, check=False)
        if done.returncode:
            raise NoServerError(_HELP)


def _installers() -> list[list[str]]:
    """Return the commands that install RabbitMQ here; raises NoServerError where none may."""
    is_root = os.geteuid() == 0
    if shutil.which("apt-get") and (is_root or shutil.which("sudo")):
        rights = ["sudo", "--preserve-env=RUNLEVEL,DEBIAN_FRONTEND"]
        if is_root:
            rights = []
        return [
            [*rights, "apt-get", "-qq", "update"],
            [*rights, "apt-get", "-qq", "install", "--no-install-recommends", "rabbitmq-server"],
        ]

    if shutil.which("brew"):
        return [["brew", "install", "rabbitmq"]]
    raise NoServerError(_HELP)
