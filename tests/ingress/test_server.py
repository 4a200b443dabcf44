"""How the public port closes: who was just let in may still bring a request, but not for ever."""

import asyncio

import pytest

from ingress import server
from tests.ingress.door import APPS, Door, statuses, written
from tests.system.waiting import until

Guest = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def let_in(door: Door) -> Guest:
    """Open a door, and return a connection that it has taken and that has brought nothing."""
    door.port = await door.server.listen("127.0.0.1", 0)
    guest = await asyncio.open_connection("127.0.0.1", door.port)

    async def is_in() -> bool:
        return bool(door.gate.guests)

    await until(is_in)
    return guest


async def test_who_was_let_in_before_a_drain_still_has_a_request_taken_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "LAST_REQUESTS", 60)
    door = Door(APPS)
    reader, writer = await let_in(door)

    draining = asyncio.create_task(door.server.drain(60))
    await asyncio.sleep(0)
    assert not door.server.is_accepting
    writer.write(written())
    await draining
    assert [b"200"] == statuses(await reader.read())
    writer.close()


async def test_who_brings_nothing_does_not_hold_a_drain_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LAST_REQUESTS", 0)
    door = Door(APPS)
    reader, writer = await let_in(door)

    await door.server.drain(60)
    assert b"" == await reader.read()
    writer.close()
