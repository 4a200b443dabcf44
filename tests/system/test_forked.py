"""A command that is forked, and not started, is the same to a test."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import forked
from tests.system.processes import environment, finished, spawn

NO_BROKER = "amqp://127.0.0.1:1/"


@pytest.fixture
def forks(begun_as_users_do: None) -> Iterator[None]:
    """Have commands forked, however the suite was begun."""
    with forked.forking():
        yield


COMMANDS = [
    ("hookline-workers", "--version"),
    ("hookline-ingress", "nonsense"),
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


async def test_it_can_be_killed_and_another_goes_on(forks: None) -> None:
    env = environment(NO_BROKER)
    first = await spawn("hookline-ingress", env=env)
    second = await spawn("hookline-ingress", env=env)
    assert (first.returncode, second.returncode) == (None, None)

    first.kill()
    await first.communicate()  # to the ends of its streams: the other does not hold them open
    assert (-signal.SIGKILL, None) == (first.returncode, second.returncode)
    with pytest.raises(ProcessLookupError):
        first.send_signal(signal.SIGTERM)

    assert second.stderr is not None
    assert b"ingress.started" in await second.stderr.readline()
    second.send_signal(signal.SIGTERM)
    assert 0 == await second.wait()


@pytest.mark.parametrize(
    ("variables", "folder", "taken"),
    [({}, None, True), ({"PYTHONPATH": "/"}, None, False), ({}, Path("/usr/bin"), False)],
    ids=["ours", "another path of modules", "another installation"],
)
async def test_only_what_is_begun_alike_is_forked(
    forks: None, variables: dict[str, str], folder: Path | None, taken: bool
) -> None:
    assert forked.nursery is not None
    command = (folder or forked.COMMANDS_FOLDER) / "hookline-workers"
    assert taken == forked.nursery.takes(command, environment(NO_BROKER) | variables)
