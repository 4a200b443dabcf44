"""Channels for a while, kept ones, and those that confirm. Only the library's channel is fake."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aio_pika.abc import AbstractConnection
from aiormq import Channel

from runtime.amqp import channels
from runtime.amqp.channels import (
    KeptChannel,
    RetiredChannels,
    channel_of,
    giving,
    keeping,
    open_confirmed,
)
from runtime.amqp.fit import FRAME_MAX
from runtime.amqp.tap import Tap


class FakeChannel:
    """The library's channel, wrapped and not."""

    def __init__(self, frame_max: int = 0) -> None:
        self.number = 1
        self.is_closed = False
        self.closing = asyncio.get_running_loop().create_future()
        self.connection = SimpleNamespace(connection_tune=SimpleNamespace(frame_max=frame_max))

    async def initialize(self) -> None:
        """Open it."""

    async def get_underlay_channel(self) -> "FakeChannel":
        """Return what is wrapped."""
        return self

    async def close(self) -> None:
        """Close it."""
        self.is_closed = True
        self.closing.set_result(None)


class LostChannel(FakeChannel):
    """One whose link dies as it is closed."""

    async def close(self) -> None:
        """Note that it was tried, and fail."""
        await super().close()
        raise ConnectionError("the link is gone")


class FrozenChannel(FakeChannel):
    """One of a broker that answers nothing any more."""

    async def close(self) -> None:
        """Wait for an answer that never comes."""
        await super().close()
        await asyncio.Event().wait()


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


async def test_a_retired_channel_whose_link_has_died_is_no_error() -> None:
    channel = LostChannel()
    retired = RetiredChannels(after=0.0)
    retired.add(cast("Channel", channel))
    async with asyncio.timeout(5):
        await channel.closing
        await retired.end()


def opening(*those: FakeChannel) -> AbstractConnection:
    """Return a connection that opens these channels, one after the other."""
    following = iter(those)
    return cast("AbstractConnection", SimpleNamespace(channel=lambda **_: next(following)))


async def test_a_channel_for_a_while_is_closed_at_its_end() -> None:
    channel = FakeChannel()
    async with channel_of(opening(channel)) as opened:
        assert opened is cast("Channel", channel)
        assert not channel.is_closed
    assert channel.is_closed


async def test_an_error_on_it_closes_it_and_is_the_callers() -> None:
    channel = FakeChannel()
    with pytest.raises(LookupError, match="no such queue"):
        async with channel_of(opening(channel)):
            raise LookupError("no such queue")
    assert channel.is_closed


async def test_neither_a_lost_link_nor_a_frozen_broker_keeps_it_from_ending(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channels, "CLOSE_TIMEOUT", 0.01)
    async with asyncio.timeout(5):
        for channel in (LostChannel(), FrozenChannel()):
            async with channel_of(opening(channel)):
                pass
            assert channel.is_closed


async def test_a_kept_channel_is_the_same_until_it_is_closed() -> None:
    first = FakeChannel()
    second = FakeChannel()
    kept = KeptChannel.on(opening(first, second))
    assert await kept.get() is cast("Channel", first)
    assert await kept.get() is cast("Channel", first)

    await first.close()
    assert await kept.get() is cast("Channel", second)


async def test_a_channel_that_is_kept_for_a_while_is_closed_at_its_end_and_so_is_none() -> None:
    lost = FakeChannel()
    channel = FakeChannel()
    async with keeping(opening(lost, channel)) as kept:
        await (await kept.get()).close()
        assert await kept.get() is cast("Channel", channel)
        assert not channel.closing.done()
    assert channel.closing.done()

    async with keeping(opening()):
        pass


async def test_who_wants_a_kept_channel_waits_while_there_is_no_connection() -> None:
    channel = FakeChannel()
    found = asyncio.get_running_loop().create_future()

    async def connection() -> AbstractConnection:
        return cast("AbstractConnection", await found)

    getting = asyncio.create_task(KeptChannel(connection).get())
    await asyncio.sleep(0)
    assert not getting.done()

    found.set_result(opening(channel))
    assert await getting is cast("Channel", channel)


async def test_a_connection_that_is_there_is_given_again_and_again() -> None:
    there = opening()
    get = giving(there)
    assert [there, there] == [await get(), await get()]
