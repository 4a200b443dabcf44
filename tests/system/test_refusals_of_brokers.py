"""Why a broker does not let us in, in one sentence, in every command that connects; and printing to
who has left.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trustme

from tests.system.processes import BIN, HERE, environment, finished

INGRESS_CHECK = ["hookline-ingress", "check"]
WORKERS_CHECK = ["hookline-workers", "check", "consumers"]
LETTERS = ["hookline-workers", "dead-letters", "list"]


async def refused(command: list[str], url: str) -> str:
    """Return what a command says that must fail for want of a broker: one line about it, and no
    password.
    """
    code, out, err = await finished(*command, env=environment(url))
    assert code == 1
    assert "Traceback" not in out + err
    assert "s3cret" not in out + err
    lines = [line for line in (out + err).splitlines() if "broker" in line]
    assert len(lines) == 1
    return lines[0]


async def test_an_unknown_virtual_host_is_named(url: str) -> None:
    said = await refused(INGRESS_CHECK, url.replace("%2F", "nowhere"))
    assert "nowhere" in said
    assert "not found" in said


@pytest.mark.parametrize("command", [INGRESS_CHECK, WORKERS_CHECK, LETTERS], ids=" ".join)
async def test_a_wrong_password_is_told_as_a_refused_login(url: str, command: list[str]) -> None:
    said = await refused(command, url.replace("guest:guest", "guest:s3cret"))
    assert "Login was refused" in said
    assert "guest" in said


async def test_tls_asked_of_a_port_that_speaks_none_is_told(url: str) -> None:
    assert "speaks no TLS" in await refused(WORKERS_CHECK, url.replace("amqp://", "amqps://"))


@asynccontextmanager
async def tls_port() -> AsyncIterator[int]:
    """Listen on a port that speaks TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(context)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_a_port_that_speaks_tls_is_told_where_the_url_asks_for_none() -> None:
    async with tls_port() as port:
        said = await refused(LETTERS, f"amqp://guest:s3cret@localhost:{port}/")
    assert "amqps://" in said


async def test_a_certificate_that_is_not_trusted_is_told() -> None:
    async with tls_port() as port:
        said = await refused(INGRESS_CHECK, f"amqps://guest:s3cret@localhost:{port}/")
    assert "not trusted" in said


async def test_a_port_where_nobody_listens_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        said = await refused(
            WORKERS_CHECK, f"amqp://guest:s3cret@127.0.0.1:{taken.getsockname()[1]}/"
        )
    assert "nobody listens" in said


PRINTING = [
    ["hookline-ingress", "--help"],
    ["hookline-ingress", "check"],
    ["hookline-workers", "--help"],
    ["hookline-workers", "topology", "show", "consumers"],
    ["hookline-workers", "topology", "export", "consumers"],
    ["hookline-workers", "check", "consumers"],
]


@pytest.mark.parametrize("command", PRINTING, ids=" ".join)
async def test_a_command_whose_reader_has_left_says_nothing_about_it(
    url: str, app: str, command: list[str]
) -> None:
    env = environment(url, APP=app)
    read, write = os.pipe()
    os.close(read)  # whoever reads has left before the first line
    process = await asyncio.create_subprocess_exec(
        BIN / command[0],
        *command[1:],
        env=env,
        cwd=HERE,
        stdout=write,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(write)
    _, err = await asyncio.wait_for(process.communicate(), 40)
    assert b"" == err
