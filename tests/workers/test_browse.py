"""Looking through a queue: what is yielded, forgotten, given back. The channel is fake."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiormq import Channel, spec
from aiormq.exceptions import ChannelInvalidStateError, ChannelNotFoundEntity

from workers.broker import browse
from workers.broker.browse import HeldMessage, browsing_on


class FakeChannel:
    """A queue of bodies. Each consumer is given so many of them, as its prefetch allows."""

    def __init__(self, *bodies: bytes) -> None:
        self.closing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.journal: list[Any] = []
        self.ready = list(bodies)
        self.counted: int | None = None  # what the broker says once, whatever is there
        self.is_there = True
        self._prefetch = 0
        self._tags = 0

    @property
    def is_closed(self) -> bool:
        """Whether it is gone."""
        return self.closing.done()

    async def queue_declare(self, _: str, *, passive: bool) -> SimpleNamespace:
        """Count what is there."""
        assert passive
        if not self.is_there:
            raise ChannelNotFoundEntity
        if self.counted is None:
            return SimpleNamespace(message_count=len(self.ready))

        found = SimpleNamespace(message_count=self.counted)
        self.counted = None
        return found

    async def basic_qos(self, *, prefetch_count: int) -> None:
        """Take note."""
        self._prefetch = prefetch_count

    async def basic_consume(
        self, _: str, callback: Callable[[Any], Awaitable[None]]
    ) -> SimpleNamespace:
        """Hand out as many messages as the prefetch allows."""
        for body in self._taken():
            self._tags += 1
            header = SimpleNamespace(properties=spec.Basic.Properties())
            message = SimpleNamespace(
                routing_key="key", delivery_tag=self._tags, header=header, body=body
            )
            await callback(message)
        self.journal.append("consume")
        return SimpleNamespace(consumer_tag="tag")

    def _taken(self) -> list[bytes]:
        taken = self.ready[: self._prefetch]
        del self.ready[: self._prefetch]
        return taken

    async def basic_cancel(self, _: str) -> None:
        """Take note."""
        self.journal.append("cancel")

    async def basic_nack(self, tag: int, *, multiple: bool, requeue: bool) -> None:
        """Take note."""
        self.journal.append(("nack", tag, multiple, requeue))

    async def basic_ack(self, tag: int, *, wait: bool) -> None:
        """Take note."""
        assert not wait
        self.journal.append(("ack", tag))


async def bodies(
    channel: FakeChannel, each: Callable[[HeldMessage], Any] = lambda _: None
) -> list[bytes]:
    """Return what a look through the queue yields; do this with each message."""
    seen = []
    async with browsing_on(cast("Channel", channel), "q") as messages:
        async for message in messages:
            seen.append(message.body)
            done = each(message)
            if done is not None:
                await done
    return seen


async def test_all_that_was_looked_at_goes_back_when_the_look_ends() -> None:
    channel = FakeChannel(b"1", b"2")
    assert [b"1", b"2"] == await bodies(channel)
    assert ["consume", "cancel", ("nack", 0, True, True)] == channel.journal


async def test_what_is_forgotten_is_acked_before_the_rest_goes_back() -> None:
    channel = FakeChannel(b"1", b"2")
    await bodies(channel, lambda one: one.forget() if one.body == b"2" else None)
    assert ["consume", ("ack", 2), "cancel", ("nack", 0, True, True)] == channel.journal


async def test_a_further_consumer_starts_when_all_that_one_is_given_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(browse, "AHEAD", 2)
    channel = FakeChannel(b"1", b"2", b"3")
    assert [b"1", b"2", b"3"] == await bodies(channel)
    assert 2 == channel.journal.count("consume")


async def test_a_queue_that_is_not_there_holds_nothing() -> None:
    channel = FakeChannel(b"1")
    channel.is_there = False
    assert [] == await bodies(channel)


async def test_the_look_ends_where_others_have_taken_what_was_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(browse, "ASK_DEPTH_AFTER", 0.001)
    channel = FakeChannel(b"1")
    channel.counted = 5
    assert [b"1"] == await bodies(channel)


async def test_a_channel_that_is_lost_ends_the_look_with_an_error_and_gives_nothing_back() -> None:
    channel = FakeChannel(b"1")
    channel.counted = 2
    with pytest.raises(ChannelInvalidStateError):
        await bodies(channel, lambda _: channel.closing.set_result(None))
    assert ["consume"] == channel.journal
