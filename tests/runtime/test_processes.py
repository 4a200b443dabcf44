"""Several processes kept as one: started again, told to stop and to hurry, asked for pages."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from runtime import processes
from runtime.exit_codes import DONE
from runtime.lifetime import Ending
from runtime.ports import free_ports, reserved
from runtime.processes import Processes

WAITS = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1])
assert signal.sigwait([signal.SIGTERM]) == signal.SIGTERM
"""
ENDS_AT_THE_FIRST_SIGNAL = WAITS + "raise SystemExit(0)"
ENDS_AT_THE_SECOND_SIGNAL = WAITS + "raise SystemExit(signal.sigwait([signal.SIGUSR1]))"


def running(program: str, count: int = 1) -> Processes:
    """Return processes that run a Python program, with no admin page."""
    return Processes([sys.executable, "-c", program], {}, free_ports(count))


async def test_all_are_told_to_stop_and_their_codes_are_those_of_success() -> None:
    asked = Ending(60)
    asked.stop.set()
    assert DONE == await running(ENDS_AT_THE_FIRST_SIGNAL, 2).run(asked)


async def test_a_second_wish_to_stop_reaches_them_as_another_signal() -> None:
    asked = Ending(60)
    asked.stop.set()
    asked.hurry.set()
    assert signal.SIGUSR1 == await running(ENDS_AT_THE_SECOND_SIGNAL).run(asked)


async def test_the_worst_exit_code_is_that_of_all() -> None:
    asked = Ending(60)
    asked.stop.set()
    assert 3 == await running(WAITS + "raise SystemExit(3)", 2).run(asked)


async def test_a_process_that_dies_is_started_again_after_a_pause_that_grows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Ending(60)
    pauses: list[float] = []

    async def set_or_later(_: asyncio.Event, seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            asked.stop.set()
            await asyncio.sleep(0)

    monkeypatch.setattr(processes, "set_or_later", set_or_later)
    monkeypatch.setattr(processes, "LONGEST_RESTART_PAUSE", 0.3)
    with capture_logs() as logged:
        await running("raise SystemExit(7)").run(asked)

    ended = [event for event in logged if event["event"] == "process.ended"]
    assert [0.2, 0.3, 0.3] == pauses[:3]
    assert {"process": 1, "code": 7, "again_in": 0.2}.items() <= ended[0].items()


@asynccontextmanager
async def answering(status: int, text: str) -> AsyncIterator[int]:
    """Serve one answer to whatever is asked, and give the port."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text)

    app = web.Application()
    app.router.add_get("/{page}", answer)
    async with TestServer(app) as server:
        assert server.port is not None
        yield server.port


def asked_at(*ports: int) -> Processes:
    """Return processes that answer at these ports, and are not started."""
    nothing: Sequence[str] = ()
    return Processes(nothing, {}, ports)


async def test_those_that_are_not_ready_are_told_by_number_with_their_answers() -> None:
    (nobody,) = free_ports(1)
    async with (
        answering(HTTPStatus.OK, "ready") as ready,
        answering(HTTPStatus.SERVICE_UNAVAILABLE, "no connection") as waiting,
    ):
        reasons = await asked_at(ready, waiting, nobody).why_not_ready()

    expected = {2: "no connection", 3: "# no answer: ClientConnectorError"}
    assert expected == reasons


async def test_the_metrics_of_those_that_answer_stand_on_one_page() -> None:
    (nobody,) = free_ports(1)
    async with answering(HTTPStatus.OK, "# HELP a An a.\na 1.0\n") as port:
        page = await asked_at(nobody, port).metrics_page()

    assert '# HELP a An a.\na{process="2"} 1.0\n' == page


def test_free_ports_are_different_ones() -> None:
    assert 5 == len(set(free_ports(5)))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_reserved_port_can_be_shared_and_nobody_connects_to_it(host: str) -> None:
    with reserved(host, 0) as port, reserved(host, port) as same:
        assert port == same
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, port))


def test_a_port_that_is_somebody_elses_is_not_reserved() -> None:
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        port = theirs.getsockname()[1]
        with pytest.raises(OSError, match="in use"), reserved("127.0.0.1", port):
            pass


def test_a_process_does_not_look_for_modules_in_the_folder_it_runs_in() -> None:
    expected = [sys.executable, "-P", "-m", "runtime.start", "workers", "run"]
    assert expected == processes.child_command("workers", "run")
