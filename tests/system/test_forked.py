"""A command that is forked, and not started, is the same to a test."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import forked
from tests.system.processes import environment, finished

NO_BROKER = "amqp://127.0.0.1:1/"
CONSUMERS = """
from workers import Delivery, consumer

@consumer("orders/create")
async def lonely(delivery: Delivery[bytes]) -> None:
    pass
"""


@pytest.fixture
def forks(begun_as_users_do: None) -> Iterator[forked.Nursery]:
    """Have commands forked, however the suite was begun."""
    with forked.forking():
        assert forked.nursery is not None
        yield forked.nursery


COMMANDS = [
    ("hookline-workers", "--version"),
    ("hookline-ingress", "nonsense"),
    ("hookline-ingress", "check"),
    ("hookline-workers", "topology", "show", "consumers"),
    ("hookline-workers", "topology", "show", "not_there"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_it_ends_and_says_the_same_in_its_folder_and_environment(
    begun_as_users_do: None, command: tuple[str, ...]
) -> None:
    env = environment(NO_BROKER, APP="its_own")
    started = await finished(*command, env=env)
    with forked.forking():
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
