"""How one connection's requests take turns, over a real socket and with handlers that tell when
they ran.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from structlog.testing import capture_logs

from ingress.answer import Answer
from ingress.gate import Gate
from ingress.request import Request
from ingress.server import Server
from tests.ingress.door import statuses

LAST = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def served(handler: Callable[[Request], Awaitable[Answer]]) -> AsyncIterator[int]:
    """Serve a handler for a while, and yield the port."""
    server = Server(handler, Gate())
    yield await server.listen("127.0.0.1", 0)
    await server.drain(5)


async def answers_to(port: int, raw: bytes) -> bytes:
    """Send bytes and return all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    answers = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answers


async def test_the_requests_of_a_connection_are_handled_in_its_one_task_others_in_theirs() -> None:
    tasks = list[asyncio.Task[object] | None]()

    async def handler(_: Request) -> Answer:
        tasks.append(asyncio.current_task())
        return Answer(200, {})

    async with served(handler) as port:
        assert [b"200"] * 3 == statuses(await answers_to(port, REQUEST * 2 + LAST))
        assert [b"200"] == statuses(await answers_to(port, LAST))
    assert tasks[0] is tasks[1] is tasks[2] is not tasks[3]


async def test_who_sends_many_requests_ahead_does_not_have_the_loop_to_himself() -> None:
    turns = 0
    seen = list[int]()

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def handler(_: Request) -> Answer:
        seen.append(turns)
        return Answer(200, {})

    async with served(handler) as port:
        counting = asyncio.create_task(count())
        answers = await answers_to(port, REQUEST * 99 + LAST)
        counting.cancel()
    assert 100 == len(statuses(answers))
    assert sorted(set(seen)) == seen, "two were handled in one turn of the loop"


async def test_a_handler_that_fails_is_answered_as_our_fault_and_the_next_request_is_handled() -> (
    None
):
    async def handler(request: Request) -> Answer:
        if "Connection" not in request.headers:
            raise KeyError("secret")
        return Answer(200, {})

    with capture_logs() as logs:
        async with served(handler) as port:
            answers = await answers_to(port, REQUEST + LAST)
    assert [b"500", b"200"] == statuses(answers)
    assert b"secret" not in answers
    assert ["request.failed", "webhook.refused"] == [line["event"] for line in logs]


async def test_a_client_that_leaves_before_its_answer_harms_nobody() -> None:
    release = asyncio.Event()
    entered = asyncio.Event()

    async def handler(_: Request) -> Answer:
        entered.set()
        await release.wait()
        return Answer(200, {})

    with capture_logs() as logs:
        async with served(handler) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(REQUEST)
            await entered.wait()
            writer.transport.abort()
            await asyncio.sleep(0)
            release.set()
            assert [b"200"] == statuses(await answers_to(port, LAST))
    assert [] == logs
