"""A command that is forked, and not started, is the same to a test: one that soon ends, and one
that runs until it is stopped.
"""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.system import forked, nursery
from tests.system.process import Process
from tests.system.processes import BIN, begun, environment, finished, ingress, worker

NO_BROKER = "amqp://127.0.0.1:1/"
CONSUMERS = """
from workers import Delivery, consumer

@consumer("orders/create")
async def lonely(delivery: Delivery[bytes]) -> None:
    pass
"""


@pytest.fixture(scope="module")
def parent() -> Iterator[forked.Nursery]:
    """The session's nursery, or one of ours where the session starts each command."""
    with nullcontext() if forked.nursery else forked.forking():
        assert forked.nursery is not None
        yield forked.nursery


@pytest.fixture
def forks(
    parent: forked.Nursery, begun_as_users_do: None, monkeypatch: pytest.MonkeyPatch
) -> forked.Nursery:
    """Have commands forked, however the suite was begun."""
    monkeypatch.setattr(forked, "nursery", parent)
    return parent


@pytest.fixture(params=[asyncio.subprocess.Process, forked.Forked], ids=["started", "forked"])
def kind(
    request: pytest.FixtureRequest,
    parent: forked.Nursery,
    begun_as_users_do: None,
    monkeypatch: pytest.MonkeyPatch,
) -> type[Any]:
    """What a command is to a test: it runs each way."""
    way: type[Any] = request.param
    if way is forked.Forked:
        monkeypatch.setattr(forked, "nursery", parent)
    return way


COMMANDS = [
    ("hookline-workers", "--version"),
    ("hookline-ingress", "nonsense"),
    ("hookline-ingress", "check"),
    ("hookline-workers", "topology", "show", "consumers"),
    ("hookline-workers", "topology", "show", "not_there"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_it_ends_and_says_the_same_in_its_folder_and_environment(
    parent: forked.Nursery,
    begun_as_users_do: None,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    env = environment(NO_BROKER, APP="its_own")
    started = await finished(*command, env=env)
    monkeypatch.setattr(forked, "nursery", parent)
    assert started == await finished(*command, env=env)


async def test_what_one_is_given_the_next_does_not_have(
    forks: forked.Nursery, tmp_path: Path
) -> None:
    (tmp_path / "consumers.py").write_text(CONSUMERS)
    show = ("hookline-workers", "topology", "show", "consumers")
    here = await finished(*show, env=environment(NO_BROKER, APP="first"), cwd=tmp_path)
    elsewhere = await finished(*show, env=environment(NO_BROKER, APP="second"))
    assert (0, 0) == (here[0], elsewhere[0]), here + elsewhere
    assert "first.lonely.orders.create" in here[1]
    assert "second.taker.orders.create" in elsewhere[1]
    assert "lonely" not in elsewhere[1]


TELLING = """
import json, os, sys

from runtime.this_process import PROCESS
from workers import Delivery, consumer

told = {
    "pid": os.getpid(),
    "named by": int(PROCESS.split(":")[1]),
    "in": os.getcwd(),
    "line": sys.argv,
    "for": os.environ["HOOKLINE_APP"],
}
print(json.dumps(told), flush=True)

@consumer("orders/create")
async def telling(delivery: Delivery[bytes]) -> None:
    pass
"""


async def test_workers_have_their_own_number_folder_command_line_and_environment(
    tmp_path: Path, kind: type[Any]
) -> None:
    (tmp_path / "consumers.py").write_text(TELLING)
    async with worker(NO_BROKER, ready=False, cwd=tmp_path, APP="its_own") as workers:
        assert workers.process.stdout is not None
        told = json.loads(await workers.process.stdout.readline())
        assert kind is type(workers.process)
    assert {
        "pid": workers.process.pid,
        "named by": workers.process.pid,
        "in": str(tmp_path),
        "line": [str(BIN / "hookline-workers"), "run", "consumers"],
        "for": "its_own",
    } == told


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)]
)
async def test_a_signal_ends_it_with_its_exit_code_and_all_that_it_wrote_is_read(
    kind: type[Any], number: signal.Signals, code: int
) -> None:
    async with ingress(NO_BROKER, ready=False, APP="its_own") as door:
        assert kind is type(door.process)
        await door.event("broker.unreachable")
        door.signal(number)
        assert code == await door.ended(20)
        assert (code == 0) == bool(door.events("ingress.stopped"))
        with pytest.raises(ProcessLookupError):
            door.signal(number)


async def test_one_that_was_frozen_goes_on(forks: forked.Nursery) -> None:
    async with ingress(NO_BROKER, ready=False, APP="its_own") as door:
        for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGCONT):
            door.signal(number)
        assert 0 == await door.ended(20)


async def test_what_nobody_waits_for_ends_with_the_last_test(begun_as_users_do: None) -> None:
    with forked.forking():
        run = await begun("hookline-ingress", env=environment(NO_BROKER, APP="its_own"))
        door = Process(run)
        await door.event("ingress.started")
    assert -signal.SIGKILL == await door.ended(20)


async def test_one_that_is_killed_has_the_signals_exit_code_and_others_go_on(
    forks: forked.Nursery, tmp_path: Path
) -> None:
    (tmp_path / "suicidal.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    show = ("hookline-workers", "topology", "show")
    env = environment(NO_BROKER)
    killed, other = await asyncio.gather(
        finished(*show, "suicidal", env=env, cwd=tmp_path), finished(*show, "consumers", env=env)
    )
    assert (-signal.SIGKILL, 0) == (killed[0], other[0]), other


@pytest.mark.parametrize(
    ("variables", "folder", "taken"),
    [
        ({}, forked.COMMANDS_FOLDER, True),
        ({"PYTHONPATH": "/"}, forked.COMMANDS_FOLDER, False),
        ({}, Path("/usr/bin"), False),
    ],
    ids=["ours", "another path of modules", "another installation"],
)
async def test_only_what_is_begun_alike_is_forked(
    forks: forked.Nursery, variables: dict[str, str], folder: Path, taken: bool
) -> None:
    env = environment(NO_BROKER) | variables
    assert taken == forks.takes(folder / "hookline-workers", env)


DRAWN = """
import json, sys
from tests.system.nursery import import_ours

import_ours()
OURS = ("ingress", "runtime", "schemas", "workers")
modules = [sys.modules[name] for name in sorted(sys.modules) if name.split(".")[0] in OURS]
print(json.dumps({
    f"{module.__name__}.{name}": repr(value)
    for module in modules
    for name, value in vars(module).items()
    if isinstance(value, str | bytes | int | float)
}))
"""


def test_what_is_imported_before_a_fork_is_what_each_process_would_find() -> None:
    values = []
    for _ in range(2):
        command = [sys.executable, "-c", DRAWN]
        done = subprocess.run(command, cwd=nursery.ROOT, capture_output=True, check=True)
        values.append(json.loads(done.stdout))
    first, second = values
    assert len(first) > 1000
    assert {} == {name: value for name, value in first.items() if value != second[name]}
