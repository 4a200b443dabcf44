"""A port that systemd, say, holds open: the ingress restarts, and nothing is refused."""

import os
import signal
import socket
from collections.abc import Iterator

import pytest

from tests.system.door import Ingress
from tests.system.pages import all_ready
from tests.system.process import Process, children
from tests.system.processes import environment, ingress, spawn
from tests.system.senders import Senders
from tests.system.waiting import until


@pytest.fixture
def held() -> Iterator[socket.socket]:
    """A port of the loopback that is open for the whole test."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        yield listening


fewer = pytest.mark.slow("two ask for more than one")


@pytest.mark.parametrize("processes", ["2", pytest.param("1", marks=fewer)])
async def test_while_the_ingress_restarts_connections_wait_and_none_is_refused(
    url: str, app: str, held: socket.socket, processes: str
) -> None:
    port = held.getsockname()[1]
    command = ("serve", "--processes", processes)
    async with Senders(port, app) as senders:
        async with ingress(url, *command, APP=app, given=held) as old:
            assert port == old.port
            await senders.answered(100)
            assert await old.stop() == 0

        async with ingress(url, *command, APP=app, given=held) as new:
            await senders.answered(100)
            await senders.end()
            assert await new.stop() == 0
    assert {200: senders.answers.total()} == senders.answers


async def test_an_ingress_that_ends_before_it_can_store_leaves_what_waits_to_the_next(
    url: str, app: str, held: socket.socket
) -> None:
    port = held.getsockname()[1]
    nowhere = "amqp://guest:guest@127.0.0.1:1/"
    async with Senders(port, app) as senders:
        async with ingress(
            nowhere, APP=app, CONFIRM_TIMEOUT="60", given=held, ready=False
        ) as early:
            assert await early.stop() == 0

        async with ingress(url, APP=app, given=held):
            await senders.answered(100)
            await senders.end()
    assert {200: senders.answers.total()} == senders.answers


async def test_processes_share_the_socket_and_one_that_dies_gets_it_anew(
    url: str, app: str, held: socket.socket
) -> None:
    async with ingress(url, "serve", "--processes", "2", APP=app, given=held) as door:
        first, second = sorted(await children(door))
        for victim in (first, second):
            os.kill(victim, signal.SIGKILL)
            await replaced(door, victim)
        assert await door.accepted("orders/create", b'{"id": 1}', app=app)


async def replaced(door: Ingress, victim: int) -> None:
    """Wait until another process stands in for one that was killed."""

    async def so() -> bool:
        now = await children(door)
        return victim not in now and len(now) == 2 and await all_ready(door)

    await until(so)


async def test_a_socket_that_cannot_be_taken_is_named(url: str, app: str) -> None:
    with socket.socket() as deaf:
        process = Process(
            await spawn("hookline-ingress", env=environment(url, APP=app), given=deaf)
        )
        told = await process.event("ingress.not_listening")
        assert "say ListenStream=8080" in told["error"]
        assert 1 == await process.ended()
