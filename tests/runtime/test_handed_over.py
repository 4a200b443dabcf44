"""A listening socket that somebody hands over: whose it is, and what is taken for one."""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from runtime import handed_over
from runtime.early import PARENT

THIS = str(os.getpid())
OTHER = str(os.getppid())


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A listening socket that stands where systemd puts it."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        monkeypatch.setattr(handed_over, "DESCRIPTOR", made.fileno())
        yield made


@pytest.mark.parametrize(
    "environment",
    [
        {"LISTEN_PID": THIS, "LISTEN_FDS": "1"},
        {"LISTEN_PID": OTHER, "LISTEN_FDS": "1", PARENT: OTHER},
    ],
    ids=["for this process", "for the parent of this one of several"],
)
def test_a_socket_that_is_meant_for_us_is_taken(
    listening: socket.socket, environment: dict[str, str]
) -> None:
    taken = handed_over.handed_over(environment)
    assert taken is not None
    assert listening.getsockname() == taken.getsockname()
    taken.detach()


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {PARENT: OTHER},
        {"LISTEN_PID": "", "LISTEN_FDS": "1"},
        {"LISTEN_PID": OTHER, "LISTEN_FDS": "1"},
        {"LISTEN_PID": OTHER, "LISTEN_FDS": "1", PARENT: "1"},
    ],
)
def test_what_is_meant_for_nobody_or_for_another_is_left_alone(environment: dict[str, str]) -> None:
    assert handed_over.handed_over(environment) is None


@pytest.mark.parametrize("count", ["0", "2", "many"])
def test_more_or_fewer_than_one_are_refused(count: str) -> None:
    with pytest.raises(OSError, match=f"LISTEN_FDS={count}: one socket can be taken"):
        handed_over.handed_over({"LISTEN_PID": THIS, "LISTEN_FDS": count})


def test_what_does_not_listen_for_tcp_is_refused_and_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf = socket.socket()
    local = socket.socket(socket.AF_UNIX)
    local.bind(str(tmp_path / "local"))
    local.listen()

    for wrong in (deaf, local):
        with closing(wrong):
            monkeypatch.setattr(handed_over, "DESCRIPTOR", wrong.fileno())
            with pytest.raises(OSError, match=re.escape("say ListenStream=8080")):
                handed_over.handed_over({"LISTEN_PID": THIS, "LISTEN_FDS": "1"})
            assert os.fstat(wrong.fileno())


def test_the_port_that_processes_share_is_that_of_the_socket_where_there_is_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with handed_over.kept_open(listening, "127.0.0.1", 0) as kept:
            assert port == kept

    with handed_over.kept_open(None, "127.0.0.1", 0) as drawn:
        assert drawn > 0
