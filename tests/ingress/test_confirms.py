"""One channel's publishes: each ends with its confirm, and a channel that is gone takes nothing and
says so at once.
"""

import asyncio
import struct
from typing import cast

import pytest

from ingress.confirms import Confirms, Failure
from runtime.amqp import frames
from runtime.amqp.tap import CHANNEL_CLOSE, Tap
from schemas.webhook import Properties

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
async def tap() -> Tap:
    """A tap in no line."""
    loop = asyncio.get_running_loop()
    tap = Tap(asyncio.StreamReader(loop=loop), loop)
    tap.connection_made(cast("asyncio.Transport", Line()))
    return tap


def method(what: int, rest: bytes) -> bytes:
    """Return a frame of channel 1."""
    payload = struct.pack(">I", what) + rest
    return struct.pack(">BHI", 1, 1, len(payload)) + payload + b"\xce"


def acked(tag: int, *, multiple: bool = False) -> bytes:
    """Return a confirm."""
    return method(frames.ACK, struct.pack(">QB", tag, multiple))


async def test_an_ack_of_several_settles_them_all_and_no_more(tap: Tap) -> None:
    confirms = Confirms(tap, 1, 4_096, 60)
    first, second, third = (confirms.publish("e", "k", PROPERTIES, b"") for _ in range(3))
    tap.data_received(acked(2, multiple=True))
    assert (None, None) == (first.result(), second.result())
    assert not third.done()
    confirms.close()


async def test_a_lost_connection_is_told_to_all_who_wait_and_to_who_comes_later(tap: Tap) -> None:
    confirms = Confirms(tap, 1, 4_096, 60)
    waiting = confirms.publish("e", "k", PROPERTIES, b"")
    tap.connection_lost(None)
    assert Failure.LOST == waiting.result()
    assert Failure.UNREACHABLE == confirms.publish("e", "k", PROPERTIES, b"").result()


async def test_a_channel_that_the_broker_closes_takes_nothing_from_that_frame_on(tap: Tap) -> None:
    confirms = Confirms(tap, 1, 4_096, 60)
    waiting = confirms.publish("e", "k", PROPERTIES, b"")
    tap.data_received(
        method(CHANNEL_CLOSE, struct.pack(">HB", 404, 0) + struct.pack(">HH", 60, 40))
    )
    assert Failure.LOST == waiting.result()
    assert Failure.UNREACHABLE == confirms.publish("e", "k", PROPERTIES, b"").result()


async def test_a_confirm_that_does_not_come_ends_the_wait(tap: Tap) -> None:
    confirms = Confirms(tap, 1, 4_096, 0.01)
    assert Failure.TIMEOUT == await confirms.publish("e", "k", PROPERTIES, b"")
