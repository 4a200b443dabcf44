"""What every system test stands on: the session's broker, and an app name of its own."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel

from deploy.local.rabbitmq import Node
from tests.system import forked
from tests.system.record import Record

ROOT = Path(__file__).parents[2]
_NUMBERS = count(1)


@pytest.fixture
def url(node: Node) -> str:
    """The broker's URL; it runs, whatever the test before has done to it."""
    return node.start().url()


@pytest.fixture
def app() -> str:
    """A name that no other test uses: names begin with it, so no test meets another's queues."""
    return f"app{next(_NUMBERS)}"


@pytest.fixture
async def amqp(url: str) -> AsyncIterator[AbstractChannel]:
    """A channel to look behind the scenes with."""
    async with await aio_pika.connect(url) as connection, connection.channel() as channel:
        yield channel


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """Where the consumers of this test write."""
    monkeypatch.setitem(os.environ, "RECORD", str(tmp_path / "record"))
    return Record(tmp_path / "record")


@pytest.fixture
def begun_as_users_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each command of this test started, also where the others' are forked."""
    monkeypatch.setattr(forked, "nursery", None)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that this project builds."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built
