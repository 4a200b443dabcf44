"""One process of several: its environment, and what its exit code means after a wish to stop."""

import os
import signal
import socket
import sys

import pytest

from runtime.child import Child, code_of_a_stop
from runtime.early import PARENT
from runtime.exit_codes import DONE, FAILED


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (DONE, DONE),
        (3, 3),
        (-signal.SIGTERM, DONE),
        (-signal.SIGUSR1, DONE),
        (-signal.SIGKILL, FAILED),
        (-signal.SIGSEGV, FAILED),
    ],
)
def test_a_process_that_our_own_signal_ended_did_as_it_was_told(code: int, expected: int) -> None:
    assert expected == code_of_a_stop(code)


async def test_a_process_knows_its_parent_and_its_own_admin_port() -> None:
    program = f"""
import os
assert os.environ["HOOKLINE_ADMIN_PORT"] == "9081"
assert "HOOKLINE_ADMIN_PORT_FILE" not in os.environ
assert os.environ[{PARENT!r}] == "{os.getpid()}" == str(os.getppid())
"""
    child = Child(1, 9081)
    process = await child.start([sys.executable, "-c", program], {"HOOKLINE_ADMIN_PORT_FILE": "/x"})
    assert 0 == await process.wait()


async def test_a_process_has_the_socket_that_was_handed_to_its_parent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as given:
        descriptor, port = given.fileno(), given.getsockname()[1]
        program = f"""
import socket
assert socket.socket(fileno={descriptor}).getsockname() == ("127.0.0.1", {port})
"""
        process = await Child(1, 9081).start([sys.executable, "-c", program], {}, given)
        assert 0 == await process.wait()


async def test_a_signal_waits_until_the_process_can_answer_it() -> None:
    program = """
import signal
blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
assert {signal.SIGTERM, signal.SIGINT, signal.SIGUSR1} <= blocked
"""
    child = Child(1, 9081)
    process = await child.start([sys.executable, "-c", program], {})
    child.send(signal.SIGTERM)
    assert 0 == await process.wait()


async def test_a_signal_to_a_process_that_has_ended_is_passed_over() -> None:
    child = Child(1, 9081)
    child.send(signal.SIGTERM)
    process = await child.start([sys.executable, "-c", ""], {})
    await process.wait()
    child.send(signal.SIGTERM)
    assert 0 == process.returncode
