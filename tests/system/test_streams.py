"""The commands run, and end in order, whichever standard streams they are started without."""

import asyncio
import signal

import aiohttp
import pytest

from runtime.ports import free_ports
from tests.system.processes import BIN, HERE, environment
from tests.system.waiting import until

some_alone = pytest.mark.slow("all of them are closed in `make test`")


@pytest.mark.parametrize(
    "closed",
    [
        "<&- >&- 2>&-",
        pytest.param(">&-", marks=some_alone),
        pytest.param("2>&-", marks=some_alone),
    ],
)
@pytest.mark.parametrize("command", ["hookline-ingress", "hookline-workers run consumers"])
async def test_it_serves_and_stops_with_standard_streams_closed(
    url: str, app: str, command: str, closed: str
) -> None:
    (port,) = free_ports(1)
    env = environment(url, APP=app, ADMIN_PORT=str(port))
    process = await asyncio.create_subprocess_shell(
        f"exec {BIN}/{command} {closed}", env=env, cwd=HERE
    )

    async def is_ready() -> bool:
        assert process.returncode is None, "it has ended"
        try:
            async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    try:
        async with aiohttp.ClientSession() as session:
            await until(is_ready)
        process.send_signal(signal.SIGTERM)
        assert 0 == await asyncio.wait_for(process.wait(), 20)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
