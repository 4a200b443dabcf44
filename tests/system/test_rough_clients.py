"""Clients that are slow, rude, many or hostile: what they get, and that it costs nobody else
anything.
"""

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from ingress.signature import sign
from tests.system.door import Ingress
from tests.system.processes import ingress
from tests.system.samples import ORDER, SECRET, SHOP
from tests.system.waiting import until

MIB = 1024 * 1024
LIMIT = 2 * MIB


def request(app: str, *more: str, body: bytes = ORDER, length: int | None = None) -> bytes:
    """Write a signed request by hand; with a `length` below zero it has no Content-Length."""
    said = len(body) if length is None else length
    lines = [
        f"POST /webhooks/{app} HTTP/1.1",
        "Host: x",
        "Content-Type: application/json",
        "X-Spiffy-Topic: orders/create",
        f"X-Spiffy-Shop-Domain: {SHOP}",
        f"X-Spiffy-Hmac-Sha256: {sign(body, SECRET.encode())}",
        *([f"Content-Length: {said}"] if said >= 0 else []),
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def connection(
    door: Ingress,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a connection for a while."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def asked(door: Ingress, raw: bytes) -> bytes:
    """Send bytes on a connection of their own, and no more; return all that comes back until it is
    closed.
    """
    async with connection(door) as (reader, writer):
        writer.write(raw)
        writer.write_eof()
        return await reader.read()


async def test_thousands_of_idle_connections_keep_nobody_out(url: str, app: str) -> None:
    async with ingress(url, APP=app) as door, AsyncExitStack() as stack:
        for _ in range(5_000):
            await stack.enter_async_context(connection(door))
        assert (await door.post("orders/create", ORDER, app=app)).status == 200


async def test_slow_headers_and_slow_bodies_are_ended_and_keep_nobody_out(
    url: str, app: str
) -> None:
    whole = request(app)
    async with ingress(url, APP=app, BODY_TIMEOUT="1") as door, AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(connection(door)) for _ in range(400)]
        for number, (_, writer) in enumerate(slow):
            writer.write(whole[:50] if number % 2 else whole[:-1])
        assert (await door.post("orders/create", ORDER, app=app)).status == 200
        answers = [await reader.read() for reader, _ in slow]
    assert {b""} == set(answers[1::2])
    assert {b"HTTP/1.1 408"} == {answer[:12] for answer in answers[::2]}


async def test_a_reset_in_mid_body_costs_that_request_alone(url: str, app: str) -> None:
    async with ingress(url, APP=app) as door:
        for _ in range(50):
            async with connection(door) as (_, writer):
                writer.write(request(app)[:-1])
                await writer.drain()
                end = writer.get_extra_info("socket")
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert (await door.post("orders/create", ORDER, app=app)).status == 200
        assert not door.events("webhook.failed")


SMUGGLED = b"0\r\n\r\nPOST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
SHAPES = {
    "both lengths": (("Transfer-Encoding: chunked",), SMUGGLED, None),
    "two lengths": (("Content-Length: 3",), ORDER, None),
    "a signed length": ((), ORDER, -1),
    "a chunk of no size": (("Transfer-Encoding: chunked",), b"zz\r\n{}\r\n0\r\n\r\n", -1),
    "a chunk without end": (("Transfer-Encoding: chunked",), b"2\r\n{}5\r\n", -1),
    "an unknown encoding": (("Transfer-Encoding: chunked, nothing",), ORDER, -1),
    "a space before the colon": (("Content-Length : 3",), ORDER, None),
    "a folded header": (("X-Any: a", " b"), ORDER, None),
}


async def test_a_request_that_two_could_read_differently_is_taken_in_by_none(
    url: str, app: str
) -> None:
    async with ingress(url, APP=app) as door:
        for shape, (more, body, length) in SHAPES.items():
            answers = await asked(door, request(app, *more, body=body, length=length))
            assert [b" 400"] == statuses(answers), shape
        assert not door.events("webhook.accepted")

        # Whatever went before, requests that are sent ahead are answered, also where that is all.
        answers = await asked(door, request(app) * 10)
        assert [b" 200"] * 10 == statuses(answers)


def statuses(answers: bytes) -> list[bytes]:
    """Return the statuses of all answers."""
    return re.findall(rb"HTTP/1\.[01]( \d+)", answers)


@pytest.mark.slow("a bound of memory, which changes with the gate alone")
async def test_a_thousand_bodies_at_the_limit_at_once_take_bounded_memory(
    url: str, app: str
) -> None:
    largest = b'{"a": "' + b"x" * (LIMIT - 9) + b'"}'
    head = request(app, body=largest)[:-1]
    async with ingress(url, APP=app, CONFIRM_TIMEOUT="30") as door, AsyncExitStack() as stack:
        before = _rss(door)
        many = [await stack.enter_async_context(connection(door)) for _ in range(1_000)]
        for _, writer in many:
            writer.write(head)

        async def overloaded() -> bool:
            return len(door.events("webhook.refused")) > 900

        await until(overloaded, 60, "refusals")
        for _, writer in many:
            writer.write(b"}")
        accepted = await door.accepted("orders/create", ORDER, app=app)
        grown = _rss(door) - before
    assert accepted
    assert grown < 300 * MIB, f"{grown / MIB:.0f} MiB for 1,000 bodies of {LIMIT / MIB:.0f} MiB"


async def test_hundreds_of_unfinished_heads_take_bounded_memory(url: str, app: str) -> None:
    head = f"POST /webhooks/{app} HTTP/1.1\r\nHost: x\r\n" + f"A: {'x' * 8000}\r\n" * 99
    async with ingress(url, APP=app, BODY_TIMEOUT="60") as door, AsyncExitStack() as stack:
        before = _rss(door)
        many = [await stack.enter_async_context(connection(door)) for _ in range(300)]
        for _, writer in many:
            writer.transport.set_write_buffer_limits(high=0)
            with suppress(ConnectionError):  # it is refused before all of it has come
                writer.write(head.encode())
                await writer.drain()
        assert await door.accepted("orders/create", ORDER, app=app)
        grown = _rss(door) - before
    assert grown < 100 * MIB, f"{grown / MIB:.0f} MiB for 300 heads of {len(head) / MIB:.1f} MiB"


async def test_heads_of_any_size_that_stay_unfinished_take_bounded_memory(
    url: str, app: str
) -> None:
    head = f"POST /webhooks/{app} HTTP/1.1\r\nHost: x\r\n" + f"A: {'x' * 7900}\r\n" * 4
    async with ingress(url, APP=app) as door, AsyncExitStack() as stack:
        before = _rss(door)
        for _ in range(2_000):
            _, writer = await stack.enter_async_context(connection(door))
            writer.write(head.encode())
        assert await door.accepted("orders/create", ORDER, app=app)
        grown = _rss(door) - before
        assert 1_000 <= await door.metric("hookline_readers_evicted_total")
    assert grown < 150 * MIB, f"{grown / MIB:.0f} MiB for 2,000 heads of {len(head) / 1024:.0f} KiB"


async def test_answers_that_nobody_reads_take_bounded_memory(url: str, app: str) -> None:
    rude = b"POST /webhooks/nobody HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" * 1_000
    async with ingress(url, APP=app, BODY_TIMEOUT="2") as door:
        before = _rss(door)

        async def flood() -> None:
            end = socket.socket()
            for buffer in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                end.setsockopt(socket.SOL_SOCKET, buffer, 4096)
            end.connect(("127.0.0.1", door.port))
            _, writer = await asyncio.open_connection(sock=end)
            with suppress(ConnectionError):  # it is cut
                for _ in range(30):
                    writer.write(rude)
                    await writer.drain()
            writer.transport.abort()

        await asyncio.gather(*(flood() for _ in range(20)))
        assert await door.accepted("orders/create", ORDER, app=app)
        grown = _rss(door) - before
    assert grown < 50 * MIB, f"{grown / MIB:.0f} MiB"


async def test_a_thousand_slow_bodies_of_strangers_keep_no_webhook_out(url: str, app: str) -> None:
    large = b'{"a": "' + b"x" * (LIMIT // 2 - 9) + b'"}'
    async with ingress(url, APP=app, MAX_IN_FLIGHT="50") as door, AsyncExitStack() as stack:
        for _ in range(1_000):
            _, writer = await stack.enter_async_context(connection(door))
            writer.write(request(app, length=1_000)[: -len(ORDER)] + b"{")

        async def crowded() -> bool:
            return await door.metric("hookline_readers_evicted_total") >= 500

        await until(crowded, what="slow bodies making way")
        answers = [await door.post("orders/create", body, app=app) for body in [ORDER, large] * 20]
        assert [200] * 40 == [answer.status for answer in answers]
        assert 400 < await door.metric("hookline_reading") <= 500
        assert 0 == await door.metric("hookline_in_flight")


def _rss(door: Ingress) -> int:
    """Return the most memory that the process has had, in bytes."""
    status = Path(f"/proc/{door.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
