"""`hookline-ingress serve`: what ends the process."""

import asyncio
from types import SimpleNamespace
from typing import Any

from structlog.testing import capture_logs

from ingress.commands import serve


async def for_good(*_: Any) -> None:
    """Go on until cancelled."""
    await asyncio.Future()


async def at_once(*_: Any) -> None:
    """End."""


async def fail(*_: Any) -> None:
    """Go wrong as nobody expected."""
    raise ZeroDivisionError("of all things")


async def test_whoever_reads_settings_again_ends_no_process_unseen() -> None:
    publisher: Any = SimpleNamespace(run=for_good)
    server: Any = SimpleNamespace(is_accepting=True, accept=at_once)
    reload: Any = SimpleNamespace(keep=fail)
    settings: Any = None
    asked: Any = SimpleNamespace(stop=asyncio.Event())
    with capture_logs() as logs:
        async with asyncio.timeout(10):
            code = await serve._until_stopped(publisher, server, reload, settings, asked)
    assert (1, ["ingress.failed"]) == (code, [line["event"] for line in logs])
    assert "ZeroDivisionError: of all things" == logs[0]["error"]
