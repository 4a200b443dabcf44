"""Channels that confirm, without a library: opened with their confirms, closed late."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aio_pika.abc import AbstractConnection
from aiormq import Channel

from runtime.amqp.channels import RetiredChannels, open_confirmed
from runtime.amqp.fit import FRAME_MAX
from runtime.amqp.tap import Tap


class FakeChannel:
    """The library's channel, wrapped and not."""

    def __init__(self, frame_max: int = 0) -> None:
        self.number = 1
        self.closing = asyncio.get_running_loop().create_future()
        self.connection = SimpleNamespace(connection_tune=SimpleNamespace(frame_max=frame_max))

    async def initialize(self) -> None:
        """Open it."""

    async def get_underlay_channel(self) -> "FakeChannel":
        """Return what is wrapped."""
        return self

    async def close(self) -> None:
        """Close it."""
        self.closing.set_result(None)


@pytest.fixture
async def tap() -> Tap:
    """The tap in the connection's line."""
    loop = asyncio.get_running_loop()
    return Tap(asyncio.StreamReader(loop=loop), loop)


def connection(tap: Tap, channel: FakeChannel) -> AbstractConnection:
    """Return a connection that opens this channel."""

    def opened(**asked: Any) -> FakeChannel:
        assert asked["publisher_confirms"]
        return channel

    transport = SimpleNamespace(tap=tap)
    kwargs = {"transport_factory": transport}
    return cast("AbstractConnection", SimpleNamespace(kwargs=kwargs, channel=opened))


async def test_what_the_library_closes_ends_the_confirms_on_it(tap: Tap) -> None:
    channel = FakeChannel()
    _, confirms = await open_confirmed(connection(tap, channel), 5)
    assert {1: confirms} == tap.channels
    await channel.close()
    await asyncio.sleep(0)
    assert confirms.is_closed
    assert {} == tap.channels


@pytest.mark.parametrize(("tuned", "used"), [(4_096, 4_096), (0, FRAME_MAX)])
async def test_frames_are_as_large_as_the_broker_allows(tap: Tap, tuned: int, used: int) -> None:
    _, confirms = await open_confirmed(connection(tap, FakeChannel(tuned)), 5)
    assert used == confirms._frame_max


async def test_a_retired_channel_is_closed_after_its_time() -> None:
    channel = FakeChannel()
    retired = RetiredChannels(after=0.0)
    retired.add(cast("Channel", channel))
    assert not channel.closing.done()
    async with asyncio.timeout(5):
        await channel.closing


async def test_a_retired_channel_stays_open_until_then_and_holds_up_no_end() -> None:
    others = asyncio.all_tasks()
    channel = FakeChannel()
    retired = RetiredChannels(after=3_600)
    retired.add(cast("Channel", channel))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await retired.end()
    assert not channel.closing.done()
    assert asyncio.all_tasks() <= others
