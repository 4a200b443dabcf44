"""Which RabbitMQs there are: the installed one, trees that are named, and what Debian's suites
would bring.
"""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from deploy.local.server import SETTING, NoServerError, installed
from tests.matrix.legs import BROKERS, Broker, minor

TREE_PROGRAM = "rabbitmq-tree"
SUITES = {"4.0": "trixie", "4.3": "forky"}
"""The Debian suite that has this RabbitMQ. The one of forky runs on an Erlang newer than its makers
support.
"""


def find_brokers(tools: Path, named: Iterable[Path]) -> list[Broker]:
    """Return the local server, those named by their start scripts, and one for each further version
    that is wanted.
    """
    setting = [Path(os.environ[SETTING])] if os.environ.get(SETTING) else []
    found = [
        _installed(),
        *(Broker(version_of(script), script.resolve()) for script in (*setting, *named)),
    ]
    versions = {minor(one.version) for one in found}
    return [*found, *(_laid_out(wanted, tools) for wanted in BROKERS if wanted not in versions)]


def _installed() -> Broker:
    try:
        return Broker(version_of(Path(installed().script("rabbitmq-server"))))
    except NoServerError as error:
        return Broker("none", absent=str(error))


def version_of(script: Path) -> str:
    """Return a server's version: every way of installing it has a folder of that name."""
    numbers = re.findall(r"\d+\.\d+\.\d+", str(script.resolve()))
    return numbers[-1] if numbers else "unknown"


def _laid_out(wanted: str, tools: Path) -> Broker:
    way_out = "give its start script with --server"
    if wanted not in SUITES:
        return Broker(wanted, absent=f"another version is installed: {way_out}")
    if why := why_no_tree(tools):
        return Broker(
            wanted, absent=f"not here: {way_out}, or have it laid out: {tools / TREE_PROGRAM} {why}"
        )
    return Broker(wanted, suite=SUITES[wanted])


def why_no_tree(tools: Path) -> str:
    """Say what keeps this machine from laying out a RabbitMQ; empty where nothing does."""
    if not (tools / TREE_PROGRAM).is_file():
        return "is not there (--tools names its folder)"
    return "" if sys.platform == "linux" else "needs Linux"


def top_of(script: Path) -> Path:
    """Return the folder of a tree that holds all of it, its Erlang too."""
    return next(
        (folder for folder in script.parents if (folder / "usr/lib/erlang").is_dir()),
        script.parent.parent,
    )
