"""Whom the examples with parcels ask: a carrier who may be down."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.local.ports import free
from runtime.ports import free_ports
from tests.system.processes import environment, started
from tests.system.waiting import until


@asynccontextmanager
async def open_carrier(
    monkeypatch: pytest.MonkeyPatch, folder: Path, url: str
) -> AsyncIterator[Path]:
    """Yield a carrier, as the folder in which he is told what to do and writes down what he did."""
    (port,) = free_ports(1)
    monkeypatch.setenv("CARRIER_PORT", str(port))
    monkeypatch.setenv("CARRIER", f"http://127.0.0.1:{port}/parcels")
    command = [sys.executable, "-m", "shop.carrier", str(folder)]

    async def answers() -> bool:
        return not free(port)

    async with started(command, environment(url), cwd=folder):
        await until(answers, what="the carrier answers")
        yield folder
