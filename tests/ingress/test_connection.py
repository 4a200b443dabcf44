"""What a client's connection bounds, and what of it becomes a request, over a real socket."""

import asyncio
import gc
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import orjson
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from ingress import connection
from ingress.connection import UnexpectedServerError
from ingress.gate import Body
from ingress.heads import MAX_HEAD
from ingress.waiting_room import WaitingRoom
from tests.ingress.door import BODY, Door, error_in, statuses, written

UNSIGNED = b"POST /webhooks/spiffy HTTP/1.1\r\nHost: x\r\n"
End = Callable[[Door, asyncio.StreamWriter], Awaitable[None]]
CHUNKED = UNSIGNED + b"Transfer-Encoding: chunked\r\n\r\n"


@asynccontextmanager
async def opened(door: Door) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a connection for a while."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def sent_again_and_again(writer: asyncio.StreamWriter, raw: bytes, times: int) -> None:
    """Send the same bytes so many times, as fast as they are taken."""
    for _ in range(times):
        writer.write(raw)
        await writer.drain()


# --- what becomes a request


TRAILERS = [
    b"X-Spiffy-Topic: carts/update",
    b"X-Spiffy-Shop-Domain: evil.com",
    b"Content-Encoding: gzip",
    b"A: b",
]


@pytest.mark.parametrize("trailer", TRAILERS)
async def test_no_trailer_becomes_a_header_of_the_next_request(door: Door, trailer: bytes) -> None:
    answers = await door.raw(
        CHUNKED + b"2\r\n{}\r\n0\r\n" + trailer + b"\r\n\r\n" + written("Connection: close")
    )
    assert [b"401"] == statuses(answers)
    assert b"Connection: close" in answers
    assert [] == door.broker.published


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the server has read from its clients, piece by piece."""
    pieces = []
    receive = connection.Connection.data_received

    def receive_and_note(client: connection.Connection, data: bytes) -> None:
        receive(client, data)
        pieces.append(data)

    monkeypatch.setattr(connection.Connection, "data_received", receive_and_note)
    return pieces


async def test_nor_where_chunks_and_trailers_come_piece_by_piece(
    door: Door, read: list[bytes]
) -> None:
    pieces = [
        CHUNKED,
        b"2\r\n{}\r\n",
        b"0\r\nX-Spiffy-",
        b"Topic: carts/update\r\n\r\n" + written(),
    ]
    async with opened(door) as (reader, writer):
        for piece in pieces:
            writer.write(piece)
            while piece not in read:
                await asyncio.sleep(0)
        answers = await reader.read()
    assert [b"401"] == statuses(answers)
    assert [] == door.broker.published


async def test_a_signed_chunked_request_is_taken_and_its_connection_takes_no_more(
    door: Door,
) -> None:
    signed = written("Transfer-Encoding: chunked", length=-1).removesuffix(BODY)
    answers = await door.raw(signed + b"9\r\n" + BODY + b"\r\n0\r\n\r\n" + written())
    assert [b"200"] == statuses(answers)
    assert b"Connection: close" in answers


@pytest.mark.parametrize("upgrade", ["h2c", "websocket", "TLS/1.0"])
async def test_what_follows_a_wish_for_another_protocol_is_not_taken_and_the_client_is_told_so(
    door: Door, upgrade: str
) -> None:
    wishing = written(
        f"Upgrade: {upgrade}", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABk"
    )
    hidden = written("Connection: close", body=b"[%b]" % written("Connection: close"))
    answers = await door.raw(wishing + hidden)
    assert [b"200"] == statuses(answers)
    assert b"Connection: close" in answers
    assert [BODY] == [webhook.body for webhook in door.broker.published]


async def test_all_that_a_client_sent_before_it_ended_is_answered(door: Door) -> None:
    door.broker.holding.clear()
    async with opened(door) as (reader, writer):
        writer.write(written() * 3)
        writer.write_eof()
        while not door.gate.storing:
            await asyncio.sleep(0)
        for _ in range(5):  # so that the end is read before an answer is written
            await asyncio.sleep(0)
        door.broker.holding.set()
        answers = await reader.read()
    assert [b"200"] * 3 == statuses(answers)
    assert 1 == answers.count(b"Connection: close")


ENDED = {
    "a length": written(length=10),
    "chunks": CHUNKED + b"2\r\n{}\r\n",
    "queued behind another": written() + written(length=10),
}


@pytest.mark.parametrize("body", ENDED)
async def test_a_body_that_its_sender_ended_early_is_broken_and_not_slow(
    door: Door, body: str
) -> None:
    async with opened(door) as (reader, writer):
        writer.write(ENDED[body])
        writer.write_eof()
        answers = await reader.read()
    assert b"broken_body" in answers.splitlines()[-1]


async def test_bad_chunks_after_good_ones_are_broken_and_not_slow(door: Door) -> None:
    async with opened(door) as (reader, writer):
        writer.write(CHUNKED + b"2\r\n{}\r\n")
        while not door.gate.reading:
            await asyncio.sleep(0)
        writer.write(b"zz\r\n")
        assert "broken_body" == error_in(await reader.read())


async def ended_early(door: Door, writer: asyncio.StreamWriter) -> None:
    """Send no more."""
    writer.write_eof()


async def gone(door: Door, writer: asyncio.StreamWriter) -> None:
    """Be there no more."""
    writer.transport.abort()


async def evicted(door: Door, writer: asyncio.StreamWriter) -> None:
    """Make way for another."""
    door.gate.senders.take(Newcomer())


async def slow(door: Door, writer: asyncio.StreamWriter) -> None:
    """Wait."""


async def too_much(door: Door, writer: asyncio.StreamWriter) -> None:
    """Send more than is taken."""
    writer.write(b"%x\r\n%b\r\n" % (2_000, b" " * 2_000))


class Newcomer:
    """Takes a place."""

    address = ""

    def evict(self) -> None:
        """Stay."""


def bodies() -> list[Body]:
    """Return all that are in memory."""
    return [one for one in gc.get_objects() if isinstance(one, Body)]


@pytest.mark.parametrize("end", [ended_early, gone, evicted, slow, too_much])
async def test_nothing_of_a_refused_body_waits_for_the_collector(door: Door, end: End) -> None:
    door.gate.senders = WaitingRoom(places=1, room=10**6)
    gc.collect()
    gc.disable()
    try:
        async with opened(door) as (_, writer):
            writer.write(CHUNKED + b"200\r\n" + b" " * 0x200 + b"\r\n")
            while not door.gate.senders.held:
                await asyncio.sleep(0)
            await end(door, writer)
            async with asyncio.timeout(10):
                while bodies():
                    await asyncio.sleep(0.01)
    finally:
        gc.enable()


NO_REQUESTS = {
    "no HTTP": b"\x16\x03\x01\x02\x00secret\r\n\r\n",
    "a method": b"STEAL /secret HTTP/1.1\r\nHost: x\r\n\r\n",
    "a version": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "headers": UNSIGNED + b"A: secret\r\n" * 100 + b"\r\n",
    "a header": UNSIGNED + b"A: secret%b\r\n\r\n" % (b"b" * 8190),
    "two types": UNSIGNED + b"Content-Type: secret\r\n" * 2 + b"\r\n",
    "two lengths": UNSIGNED + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nsecret",
    "both lengths": UNSIGNED + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a fold": UNSIGNED + b"A: b\r\n secret\r\n\r\n",
    "a zero": UNSIGNED + b"A: secret\x00\r\n\r\n",
    "no host": b"POST /secret HTTP/1.1\r\n\r\n",
    "a large head": UNSIGNED + (b"A: secret%b\r\n" % (b"b" * 8000)) * 5 + b"\r\n",
    "a large head without end": UNSIGNED + (b"A: secret%b\r\n" % (b"b" * 8000)) * 5,
}


@pytest.mark.parametrize("kind", NO_REQUESTS)
async def test_what_is_no_request_is_refused_like_all_else_logged_counted_and_never_quoted(
    door: Door, kind: str
) -> None:
    counted = ("hookline_webhooks_refused_total", {"app": "", "code": "bad_request"})
    before = REGISTRY.get_sample_value(*counted) or 0
    with capture_logs() as logs:
        answer = await door.raw(NO_REQUESTS[kind])
    head, content = answer.split(b"\r\n\r\n")
    assert [b"400"] == statuses(head)
    assert {b"Content-Type: application/json", b"Connection: close"} <= set(head.splitlines())
    assert "bad_request" == orjson.loads(content)["error"]
    assert [("webhook.refused", "bad_request")] == [(line["event"], line["code"]) for line in logs]
    assert b"secret" not in answer
    assert "secret" not in str(logs)
    assert before + 1 == REGISTRY.get_sample_value(*counted)


async def test_a_head_of_the_largest_size_is_taken_however_it_is_cut(door: Door) -> None:
    filled = [f"A: {'b' * 8000}" for _ in range(4)]
    room = MAX_HEAD - len(written("Connection: close", *filled)) + len(BODY)
    largest = written("Connection: close", *filled, f"A: {'b' * (room - 5)}")
    assert MAX_HEAD == len(largest) - len(BODY)
    for size in (len(largest), 1000, len(largest) - len(BODY) - 2):
        async with opened(door) as (reader, writer):
            for start in range(0, len(largest), size):
                writer.write(largest[start : start + size])
                await asyncio.sleep(0)
            assert [b"200"] == statuses(await reader.read())


PIPELINED = [
    (written(), b"200"),
    (written(body=b'{"a": "%b"}' % (b"x" * 900)), b"200"),
    (written("traceparent:x"), b"200"),
    (UNSIGNED + b"Content-Length: 2\r\n\r\n{}", b"401"),
    (UNSIGNED + b"\r\n", b"401"),
    (written(body=b"x" * 1_001), b"413"),
    (b"GET /webhooks HTTP/1.1\r\nHost: x\r\n\r\n", b"405"),
    (b"\r\n" + written(app="nobody"), b"404"),
]


more_of_the_same = pytest.mark.slow("twenty other seeds are tried")
SEEDS = [*range(20), *(pytest.param(seed, marks=more_of_the_same) for seed in range(20, 60))]


@pytest.mark.parametrize("seed", SEEDS)
async def test_however_requests_are_pipelined_and_cut_each_is_answered_in_its_turn(
    door: Door, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a seed that repeats
    chosen = chance.choices(PIPELINED, k=chance.randint(1, 80))
    raw = b"".join(request for request, _ in chosen) + written("Connection: close")
    longest = chance.choice([3, 50, 500, 5_000, 50_000])
    async with opened(door) as (reader, writer):
        answering = asyncio.create_task(reader.read())
        while raw:
            cut = chance.randint(1, longest)
            writer.write(raw[:cut])
            raw = raw[cut:]
            await asyncio.sleep(0)
        answers = await asyncio.wait_for(answering, 20)
    assert [*(status for _, status in chosen), b"200"] == statuses(answers)
    assert (0, 0) == (len(door.gate.senders), door.gate.in_flight)


async def test_what_is_sent_ahead_after_bodies_that_came_late_is_answered_to_the_last(
    door: Door,
) -> None:
    async with opened(door) as (reader, writer):
        for _ in range(3):  # the parser takes each for one that waits for ever
            writer.write(written().removesuffix(BODY))
            while not door.gate.reading:
                await asyncio.sleep(0)
            writer.write(BODY)
            await reader.readuntil(b"}")
        writer.write(written() * 100 + written("Connection: close"))
        answers = await reader.read()
    assert [b"200"] * 101 == statuses(answers)


# --- what is bounded


async def test_answers_that_nobody_reads_do_not_pile_up_and_their_connection_is_cut(
    door: Door,
) -> None:
    end = socket.socket()
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    end.connect(("127.0.0.1", door.port))
    _, writer = await asyncio.open_connection(sock=end)
    with capture_logs() as logs, pytest.raises(ConnectionError):
        await sent_again_and_again(
            writer, (UNSIGNED + b"Content-Length: 0\r\n\r\n") * 700, 2_000
        )  # 80 MB
    writer.transport.abort()
    assert len(logs) < 2_000


async def test_what_comes_ahead_of_its_turn_is_left_with_the_sender(door: Door) -> None:
    door.broker.holding.clear()
    async with opened(door) as (reader, writer):
        writer.write(written())
        while not door.gate.storing:
            await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(sent_again_and_again(writer, written() * 1_000, 200), 1)  # 80 MB
        assert door.gate.senders.held < 1024 * 1024
        assert 1 == len(door.gate.senders)
        writer.write_eof()
        door.broker.holding.set()
        answers = await reader.readexactly(200 * 100)
    assert {b"200"} == set(statuses(answers))


async def test_senders_take_no_place_from_who_stores_and_the_oldest_is_answered_first(
    door: Door,
) -> None:
    door.gate.senders = WaitingRoom(places=6, room=10**6)
    async with AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(opened(door)) for _ in range(4)]
        for number, (_, writer) in enumerate(slow, 1):
            writer.write(written(length=len(BODY) + 1))
            while door.gate.reading < min(number, 3):
                await asyncio.sleep(0)
        answer = await slow[0][0].read()
        assert "overloaded" == error_in(answer)
        assert [200] * 5 == [(await door.post())[0] for _ in range(5)]
        assert (3, 0) == (door.gate.reading, door.gate.storing)
        slow[3][1].write(b" ")
        assert b" 401 " in await slow[3][0].readline()


async def test_bodies_that_are_read_take_no_room_from_those_that_are_stored(door: Door) -> None:
    door.gate.senders = WaitingRoom(places=100, room=2_000)
    body = b'{"a": "%b"}' % (b"x" * 500)
    async with AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(opened(door)) for _ in range(5)]
        for _, writer in slow:
            writer.write(written(body=body, length=len(body) + 1))
        while 1 != door.gate.reading:
            await asyncio.sleep(0)
        assert door.gate.senders.held <= 1_000
        assert (await door.post(body=body))[0] == 200
    while door.gate.reading:
        await asyncio.sleep(0)
    assert 0 == len(door.gate.senders)
    assert 0 == door.gate.senders.held
    assert 0 == door.gate.held


async def test_unfinished_heads_make_way_for_newer_ones(door: Door) -> None:
    door.gate.senders = WaitingRoom(places=6, room=10**6)
    async with AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(opened(door)) for _ in range(4)]
        for number, (_, writer) in enumerate(slow, 1):
            writer.write(UNSIGNED)
            while len(door.gate.senders) < min(number, 3):
                await asyncio.sleep(0)
        assert b"" == await slow[0][0].read()
        assert 3 == len(door.gate.senders)
        slow[3][1].write(b"\r\n")
        assert b" 401 " in await slow[3][0].readline()


async def test_idle_guests_make_way_for_newer_ones_and_whoever_has_signed_is_none(
    door: Door,
) -> None:
    door.gate.guests = WaitingRoom(places=4, room=0)
    async with AsyncExitStack() as stack:
        signed = await stack.enter_async_context(opened(door))
        signed[1].write(written())
        assert b" 200 " in await signed[0].readline()
        first, second, third = [await stack.enter_async_context(opened(door)) for _ in range(3)]
        assert b"" == await first[0].read()
        for reader, writer in (signed, second, third):
            writer.write(written("Connection: close"))
            assert b"200 OK" in await reader.read()


async def test_the_rest_of_a_request_head_after_an_answered_one_has_its_time_too(
    door: Door,
) -> None:
    async with opened(door) as (reader, writer):
        writer.write(written() + UNSIGNED)
        assert [b"200"] == statuses(await reader.read())


def test_a_server_with_other_insides_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.check_server()
    monkeypatch.setattr(connection, "NEEDED", ("force_close", "gone"))
    with pytest.raises(
        UnexpectedServerError, match=r"aiohttp [\d.]+ has no gone in its .*; install"
    ):
        connection.check_server()
