"""What holds for every test: the broker of the session, the names and the order of the tests."""

import gc
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import HealthCheck, settings
from xdist.remote import Producer

from deploy.local.rabbitmq import Node
from tests.sharing import Sharing, place, tell_group
from tests.system.forked import forking

# Python compiles our modules once, and not anew in each of the thousand processes of a run, also
# where the machine says that it is to write nothing down.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shell that runs us in the background has us ignore it, and so would the commands that we start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Written in C, it reads the same ten times as fast.
vars(yaml)["SafeLoader"] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""No test fails for being slow: other processes run beside it."""
settings.register_profile("all", UNTIMED)
settings.load_profile("all")
settings.register_profile("quick", UNTIMED, max_examples=25)
"""Of what Hypothesis draws, a quarter: for `make test`. The rest is drawn by `make test-all`."""

NOT_COUNTED = "-rabbit quorum_tick_interval 3600000"
"""Each of a thousand queues counts itself every five seconds, for statistics that no test reads;
here it does so once an hour. A queue that is to expire would do that no sooner.
"""

MEMORY = Path("/dev/shm")  # noqa: S108 - only where brokers of tests lie
"""A folder in memory, where there is one: a broker waits for the disk at each queue it declares."""
ENOUGH = 2 * 1024**3
"""Bytes that are to be free there: all the brokers of a run take some 120 MB."""

PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "")
"""Which process of the run this is; empty where there is one, and in that which only hands out."""
FIRST = "gw0"
IS_FRESH = not any((Path(__file__).parent / "schemas/__pycache__").glob("test_*pytest*.pyc"))
"""Whether pytest is yet to compile the tests, which takes as long as to collect them."""
LONGEST_COLLECTION = 120.0
"""Seconds that the others wait for it at most."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer to fork commands: `make test` does, `make test-all` starts each."""
    parser.addoption("--fork-commands", action="store_true", help="fork commands of ours")


@pytest.fixture(scope="session", autouse=True)
def nursery(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where commands are forked, if they are."""
    with forking() if request.config.getoption("--fork-commands") else nullcontext():
        yield


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A private RabbitMQ for each process of the run, stopped at the end of the session."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ENOUGH
    with TemporaryDirectory(prefix="rabbitmq-", dir=MEMORY if has_room else None) as folder:
        node = Node(Path(folder), erlang=NOT_COUNTED, core=_core())
        try:
            yield node.start()
        finally:
            node.stop()
            # What it has logged outlives the folder, for who asks why a test failed.
            with suppress(OSError):  # one that could not start has logged nothing
                shutil.copytree(node.folder / "log", tmp_path_factory.mktemp("rabbitmq") / "log")


@pytest.fixture(scope="session")
def processes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, testrun_uid: str
) -> Path:
    """A folder that all processes of this run have in common, where groups are kept together."""
    if PROCESS and not request.config.getoption("loadgroup", default=False):
        pytest.skip("tests are kept together by --dist loadgroup alone")
    folder = tmp_path_factory.getbasetemp().parent / f"processes-{testrun_uid}"
    folder.mkdir(exist_ok=True)
    return folder


def _core() -> int | None:
    """Return the core to which this process's broker keeps, the cores in turn.

    A broker has some ten threads, of which one runs at a time: to wake one on another core takes a
    fifth of all that it costs, and more where the machine is a virtual one.
    """
    if not hasattr(os, "sched_getaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    number = int(PROCESS.removeprefix("gw") or 0)
    return cores[number % len(cores)]


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Collect; in a fresh clone in the first process first, which compiles tests for the others.

    Nothing is garbage meanwhile, nor is what was collected before the end.
    """
    collected = Path(session.config.option.basetemp or "").parent / "collected"
    if IS_FRESH and PROCESS and PROCESS != FIRST:
        _await_file(collected)

    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        if PROCESS == FIRST:
            collected.touch()


def _await_file(path: Path) -> None:
    deadline = time.monotonic() + LONGEST_COLLECTION
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests in their order, and refuse a name that is another in each process.

    `make test` runs in several processes, which must collect the same.
    """
    named = [item.nodeid for item in items if re.search(r" at 0x[0-9a-f]+", item.nodeid)]
    if named:
        raise pytest.UsageError(
            f"an address in the name of a test; give its parameters ids: {named[0]}"
        )
    items.sort(key=place)
    for item in items:
        tell_group(item)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing | None:
    """Share out in our way where groups are kept together; else as pytest-xdist is told to."""
    return Sharing(config, log) if config.option.dist == "loadgroup" else None
