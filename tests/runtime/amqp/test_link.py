"""A link's end: the client cancels whoever waits on it, and that must not look like our own end,
nor hide it.
"""

import asyncio
from itertools import repeat
from types import SimpleNamespace

import aio_pika
import pytest
from yarl import URL

from runtime.amqp import link
from runtime.amqp.link import linked, lost_link_as_error, quietly
from runtime.amqp.unreachable import NotLetIn


async def test_a_cancellation_that_nobody_asked_for_is_a_lost_connection() -> None:
    with pytest.raises(ConnectionError, match="lost"), lost_link_as_error():
        raise asyncio.CancelledError


async def test_a_cancellation_of_the_task_itself_is_passed_on() -> None:
    async def waiting() -> None:
        with lost_link_as_error():
            await asyncio.Event().wait()

    await ends_cancelled(waiting())


@pytest.mark.parametrize("guard", [lost_link_as_error, quietly])
async def test_a_cancellation_that_the_client_made_an_error_of_is_passed_on_all_the_same(
    guard: type,
) -> None:
    async def client() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise RuntimeError("the channel is closed") from None

    async def waiting() -> None:
        while True:
            with guard():
                await client()

    await ends_cancelled(waiting())


async def test_what_is_raised_when_a_link_is_lost_is_passed_over_quietly_and_nothing_else() -> None:
    def fail(error: Exception) -> None:
        with quietly():
            raise error

    fail(ConnectionResetError())
    with pytest.raises(KeyError):
        fail(KeyError("ours"))


async def test_who_tries_to_connect_for_ever_ends_when_it_is_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trying = asyncio.Event()

    async def connect(*_: object) -> None:
        trying.set()
        await asyncio.Event().wait()

    async def work() -> None:
        async with linked(repeat(URL("amqp://nowhere")), "test"):
            pass

    monkeypatch.setattr(link, "connect", connect)
    task = asyncio.create_task(work())
    await trying.wait()
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=5)
    assert task in done
    assert task.cancelled()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[aio_pika.Connection]:
    """Take down each connection that is made."""
    made: list[aio_pika.Connection] = []

    def connection(url: URL) -> aio_pika.Connection:
        made.append(aio_pika.Connection(url))
        return made[-1]

    monkeypatch.setattr(link, "aio_pika", SimpleNamespace(Connection=connection))
    return made


async def test_what_could_not_be_opened_is_closed_and_has_nothing_to_end_later(
    made: list[aio_pika.Connection],
) -> None:
    with pytest.raises(NotLetIn):
        await link.connect(URL("amqp://127.0.0.1:1/"), "test")
    assert [True] == [connection.is_closed for connection in made]


async def test_nor_has_what_was_being_opened_when_its_task_was_cancelled(
    made: list[aio_pika.Connection],
) -> None:
    begun = asyncio.Event()

    def answer_nothing(_: object, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        begun.set()

    writers: list[asyncio.StreamWriter] = []
    async with await asyncio.start_server(answer_nothing, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        opening = asyncio.create_task(link.connect(URL(f"amqp://127.0.0.1:{port}/"), "test"))
        await begun.wait()
        opening.cancel()
        await asyncio.wait([opening])
        for writer in writers:
            writer.close()
    assert opening.cancelled()
    assert [True] == [connection.is_closed for connection in made]


async def ends_cancelled(work: object) -> None:
    """Cancel a coroutine once, while it waits."""
    task = asyncio.ensure_future(work)  # type: ignore[call-overload]
    await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=5)
    assert task in done
    assert task.cancelled()
