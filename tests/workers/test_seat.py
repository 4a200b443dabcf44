"""A seat that one of several processes holds. The broker is faked: a queue, and its consumers."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity

from runtime.amqp.channels import KeptChannel
from workers.broker.seat import Seat


class Broker:
    """The queue of a seat, or what is answered in its place."""

    def __init__(self, answer: Exception | None = None) -> None:
        self.answer = answer
        self.consumers: list[Any] = []
        self.asked = 0


class FakeChannel:
    """One process's channel to the broker; stands for the kept one too."""

    def __init__(self, broker: Broker) -> None:
        self.is_closed = False
        self.on_consumer_cancel_callbacks: set[Any] = set()
        self._broker = broker

    async def get(self) -> "FakeChannel":
        """Return the channel."""
        return self

    async def queue_declare(self, *_: Any, **__: Any) -> Any:
        """Count those who consume."""
        self._broker.asked += 1
        if self._broker.answer is not None:
            raise self._broker.answer
        return SimpleNamespace(message_count=0, consumer_count=len(self._broker.consumers))

    async def basic_consume(self, *_: Any, **__: Any) -> Any:
        """Consume."""
        self._broker.consumers.append(self)
        return SimpleNamespace(consumer_tag="tag")

    async def basic_cancel(self, _: str) -> None:
        """Consume no more."""
        self._broker.consumers.remove(self)

    def die(self) -> None:
        """Close, as the broker does where a process has died."""
        self.is_closed = True
        self._broker.consumers.remove(self)


def seat(channel: FakeChannel) -> Seat:
    """Return a process's seat."""
    return Seat("app.seat", cast("KeptChannel", channel))


async def test_one_of_two_has_it_until_it_dies() -> None:
    broker = Broker()
    channels = [FakeChannel(broker), FakeChannel(broker)]
    first, second = (seat(channel) for channel in channels)
    assert [True, False] == [await first.is_ours(), await second.is_ours()]
    assert [True, False] == [await first.is_ours(), await second.is_ours()]

    channels[0].die()
    assert not first.is_held
    assert await second.is_ours()
    assert [channels[1]] == broker.consumers


async def test_two_who_want_it_at_once_do_not_both_have_it() -> None:
    broker = Broker()
    channel = FakeChannel(broker)
    consume = channel.basic_consume

    async def consume_second(*arguments: Any, **options: Any) -> Any:
        broker.consumers.append("another")
        return await consume(*arguments, **options)

    channel.basic_consume = consume_second  # type: ignore[method-assign]
    assert not await seat(channel).is_ours()
    assert ["another"] == broker.consumers


async def test_who_has_it_asks_for_it_no_more() -> None:
    broker = Broker()
    held = seat(FakeChannel(broker))
    await held.is_ours()
    before = broker.asked
    assert await held.is_ours()
    assert before == broker.asked


async def test_it_is_lost_where_the_broker_ends_the_consumer() -> None:
    broker = Broker()
    channel = FakeChannel(broker)
    held = seat(channel)
    await held.is_ours()
    broker.consumers.clear()
    for told in channel.on_consumer_cancel_callbacks:
        told(None)
    assert not held.is_held
    assert await held.is_ours()


@pytest.mark.parametrize("answer", [ChannelNotFoundEntity(), ChannelAccessRefused()])
async def test_nobody_has_one_that_is_not_there_or_that_he_may_not_ask_for(
    answer: Exception,
) -> None:
    broker = Broker(answer)
    assert not await seat(FakeChannel(broker)).is_ours()
    assert [] == broker.consumers
