"""One channel's publishes, without a broker: each ends confirmed, or says why it is not."""

import asyncio
import struct
from collections.abc import Iterator
from typing import Any, cast

import pytest
from pamqp import commands, header
from pamqp.frame import unmarshal

from runtime.amqp import frames
from runtime.amqp.confirms import MAX_UNSENT, Confirms, Failure, NotPublished
from runtime.amqp.tap import CHANNEL_CLOSE, Tap
from schemas.properties import Properties

CHANNEL = 1
FRAME_MAX = 4_096
PROPERTIES = Properties("application/json", "orders/create", "shop", 1, {"webhook-id": "x"})


class Line:
    """Stands for the transport."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, piece: bytes) -> None:
        """Keep what is written."""
        self.written += piece

    def get_extra_info(self, _: str) -> None:
        """Return nothing: it is no socket."""

    def get_write_buffer_size(self) -> int:
        """Return what waits."""
        return len(self.written)

    def is_closing(self) -> bool:
        """It is open."""
        return False


@pytest.fixture
def line() -> Line:
    """What the tap writes to."""
    return Line()


@pytest.fixture
async def tap(line: Line) -> Tap:
    """A tap in that line."""
    loop = asyncio.get_running_loop()
    tap = Tap(asyncio.StreamReader(loop=loop), loop)
    tap.connection_made(cast("asyncio.Transport", line))
    return tap


@pytest.fixture
async def confirms(tap: Tap) -> Confirms:
    """A channel whose confirms have a minute."""
    return Confirms(tap, CHANNEL, FRAME_MAX, 60)


async def written(line: Line) -> list[Any]:
    """Return what was written, as the library reads it."""
    await asyncio.sleep(0)
    return list(_read(line.written))


def _read(raw: bytes) -> Iterator[Any]:
    while raw:
        size, _, one = unmarshal(raw)
        yield one
        raw = raw[size:]


def published(confirms: Confirms, *, body: bytes = b"") -> asyncio.Future[Failure | None]:
    """Publish one message, of which nothing matters but its body."""
    return confirms.publish("e", "k", PROPERTIES, body)


def frame(kind: int, payload: bytes) -> bytes:
    """Return a frame of our channel."""
    return struct.pack(">BHI", kind, CHANNEL, len(payload)) + payload + b"\xce"


def method(what: int, rest: bytes) -> bytes:
    """Return a method of our channel."""
    return frame(frames.METHOD, struct.pack(">I", what) + rest)


def acked(tag: int, *, multiple: bool = False) -> bytes:
    """Return a confirm."""
    return method(frames.ACK, struct.pack(">QB", tag, multiple))


def nacked(tag: int, *, multiple: bool = False) -> bytes:
    """Return a refusal."""
    return method(frames.NACK, struct.pack(">QB", tag, multiple))


def returned(message: header.ContentHeader, body: bytes) -> bytes:
    """Return a message that comes back, with the properties that it went out with."""
    told = commands.Basic.Return(312, "NO_ROUTE", "e", "k").marshal()
    came_back = method(frames.RETURN, told)
    came_back += frame(frames.CONTENT, message.marshal())
    return came_back + (frame(frames.BODY, body) if body else b"")


async def test_an_ack_of_several_settles_them_all_and_no_more(tap: Tap, confirms: Confirms) -> None:
    first, second, third = (published(confirms) for _ in range(3))
    tap.data_received(acked(2, multiple=True))
    assert (None, None) == (first.result(), second.result())
    assert not third.done()


async def test_an_ack_of_one_leaves_those_before_it(tap: Tap, confirms: Confirms) -> None:
    first = published(confirms)
    second = published(confirms)
    tap.data_received(acked(2))
    assert second.result() is None
    assert not first.done()


async def test_a_refusal_of_several_is_told_to_them_all_and_no_more(
    tap: Tap, confirms: Confirms
) -> None:
    first, second, third = (published(confirms) for _ in range(3))
    tap.data_received(nacked(2, multiple=True) + acked(3))
    outcomes = [one.result() for one in (first, second, third)]
    assert [Failure.NACKED, Failure.NACKED, None] == outcomes


@pytest.mark.parametrize("body", [b"", b"{}"], ids=["empty", "with a body"])
async def test_a_message_that_comes_back_is_not_published_though_its_confirm_follows(
    tap: Tap, line: Line, confirms: Confirms, body: bytes
) -> None:
    first, second, third = (published(confirms, body=body) for _ in range(3))
    headers = [one for one in await written(line) if isinstance(one, header.ContentHeader)]
    tap.data_received(returned(headers[1], body))
    assert not second.done()
    tap.data_received(acked(3, multiple=True))
    outcomes = [one.result() for one in (first, second, third)]
    assert [None, Failure.RETURNED, None] == outcomes


async def test_each_publish_is_mandatory_and_has_an_id_of_its_own(
    line: Line, confirms: Confirms
) -> None:
    published(confirms)
    published(confirms)
    read = await written(line)
    publishes = [one for one in read if isinstance(one, commands.Basic.Publish)]
    ids = [one.properties.message_id for one in read if isinstance(one, header.ContentHeader)]
    assert [True, True] == [one.mandatory for one in publishes]
    assert 2 == len(set(ids))


async def test_headers_too_large_for_a_frame_are_made_to_fit_and_the_rest_goes_out(
    line: Line, confirms: Confirms
) -> None:
    large = PROPERTIES._replace(headers={"webhook-id": "x", "http-long": "y" * FRAME_MAX})
    confirms.publish("e", "k", large, b"")
    _, told = await written(line)
    assert {"webhook-id": "x"} == told.properties.headers


async def test_what_cannot_be_written_takes_no_tag_from_what_follows(
    tap: Tap, confirms: Confirms
) -> None:
    with pytest.raises(ValueError, match="over 255 bytes"):
        confirms.publish("e", "k" * 256, PROPERTIES, b"")
    following = published(confirms)
    tap.data_received(acked(1))
    assert following.result() is None


async def test_while_the_broker_reads_nothing_nothing_is_written(
    tap: Tap, line: Line, confirms: Confirms
) -> None:
    tap.is_blocked = True
    assert Failure.BLOCKED == published(confirms).result()
    assert [] == await written(line)
    tap.is_blocked = False
    assert not published(confirms).done()


async def test_while_too_much_waits_to_be_read_nothing_is_added(
    line: Line, confirms: Confirms
) -> None:
    line.written = bytes(MAX_UNSENT + 1)
    assert Failure.SLOW == published(confirms).result()
    line.written = b""
    assert not published(confirms).done()


async def test_a_lost_connection_is_told_to_all_who_wait_and_to_who_comes_later(
    tap: Tap, confirms: Confirms
) -> None:
    waiting = published(confirms)
    tap.connection_lost(None)
    assert Failure.LOST == waiting.result()
    assert Failure.UNREACHABLE == published(confirms).result()


async def test_a_channel_that_the_broker_closes_takes_nothing_from_that_frame_on(
    tap: Tap, confirms: Confirms
) -> None:
    waiting = published(confirms)
    tap.data_received(
        method(CHANNEL_CLOSE, struct.pack(">HB", 404, 0) + struct.pack(">HH", 60, 40))
    )
    assert Failure.LOST == waiting.result()
    assert Failure.UNREACHABLE == published(confirms).result()


async def test_who_closes_gives_up_what_waits_and_leaves_the_channel_to_the_library(
    tap: Tap, confirms: Confirms
) -> None:
    waiting = published(confirms)
    confirms.close()
    assert Failure.LOST == waiting.result()
    assert {} == tap.channels


async def test_a_close_that_comes_late_takes_nothing_from_the_next_on_the_same_number(
    tap: Tap, confirms: Confirms
) -> None:
    following = Confirms(tap, CHANNEL, FRAME_MAX, 60)
    confirms.close()
    assert {CHANNEL: following} == tap.channels


async def test_a_confirm_that_does_not_come_ends_the_wait_of_each_in_its_time(tap: Tap) -> None:
    confirms = Confirms(tap, CHANNEL, FRAME_MAX, 0.01)
    first = published(confirms)
    confirms._timeout = 0.02
    second = published(confirms)
    async with asyncio.timeout(5):
        assert Failure.TIMEOUT == await first
        assert Failure.TIMEOUT == await second
        assert Failure.TIMEOUT == await published(confirms)


async def test_a_confirm_that_comes_late_changes_nothing(tap: Tap) -> None:
    confirms = Confirms(tap, CHANNEL, FRAME_MAX, 0.01)
    late = published(confirms)
    await late
    tap.data_received(acked(1))
    assert Failure.TIMEOUT == late.result()


async def test_who_waits_no_more_holds_up_nobody(tap: Tap, confirms: Confirms) -> None:
    given_up = published(confirms)
    following = published(confirms)
    given_up.cancel()
    tap.data_received(acked(2, multiple=True))
    assert following.result() is None


def test_what_is_not_published_says_its_reason_as_a_value_and_in_words() -> None:
    assert Failure.NACKED == NotPublished(Failure.NACKED).reason
    assert "nacked" == str(NotPublished(Failure.NACKED))
    assert "no queue takes it" == str(NotPublished(Failure.RETURNED, "no queue takes it"))
