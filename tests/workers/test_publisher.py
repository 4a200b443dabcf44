"""The workers' publisher: what it makes of a confirm, and when it takes another channel."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from aio_pika.abc import AbstractConnection
from aiormq import Channel
from aiormq.exceptions import ChannelAccessRefused

from runtime.amqp import channels
from runtime.amqp.confirms import Confirms, Failure, NotPublished
from schemas.properties import Properties
from workers.broker import publisher
from workers.broker.publisher import Publisher

PROPERTIES = Properties(None, None, None, None, {})
CONFIRM_TIMEOUT = 5.0


class FakeChannel:
    """The library's channel."""

    is_closed = False

    def __init__(self) -> None:
        self.closing: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def close(self) -> None:
        """Close it."""
        self.is_closed = True


@dataclass
class FakeConfirms:
    """Answers each publish, a while later, with what is said beforehand, or with a confirm."""

    failures: list[Failure | None]
    is_closed: bool = False
    published: list[Any] = field(default_factory=list)

    def publish(self, *message: Any) -> asyncio.Future[Failure | None]:
        """Note a publish, and answer at once."""
        self.published.append(message)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Failure | None] = loop.create_future()
        failure = self.failures.pop(0) if self.failures else None
        loop.call_soon(answer.set_result, failure)
        return answer


@dataclass
class Broker:
    """Opens channels: each answers with the failures that are next."""

    failures: list[list[Failure | None]] = field(default_factory=list)
    channels: list[FakeChannel] = field(default_factory=list)
    confirms: list[FakeConfirms] = field(default_factory=list)

    async def open_confirmed(
        self, _: AbstractConnection, confirm_timeout: float
    ) -> tuple[Channel, Confirms]:
        """Open a channel, a while after it was asked for."""
        assert confirm_timeout == CONFIRM_TIMEOUT
        await asyncio.sleep(0)
        confirms = FakeConfirms(self.failures.pop(0) if self.failures else [])
        channel = FakeChannel()
        self.channels.append(channel)
        self.confirms.append(confirms)
        return cast("Channel", channel), cast("Confirms", confirms)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    """What the publisher opens its channels on."""
    broker = Broker()
    monkeypatch.setattr(publisher, "open_confirmed", broker.open_confirmed)
    return broker


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no word of the broker."""
    monkeypatch.setattr(channels, "CLOSING", 0.01)


def publishing() -> Publisher:
    """Return a publisher on a connection of which nothing matters."""
    return Publisher.on(cast("AbstractConnection", None), CONFIRM_TIMEOUT)


async def reason(publisher: Publisher) -> NotPublished:
    """Publish something, and return why it was not."""
    with pytest.raises(NotPublished) as raised:
        await publisher.publish("exchange", "key", PROPERTIES, b"body")
    return raised.value


async def test_what_is_confirmed_goes_out_as_it_is_and_on_one_channel(broker: Broker) -> None:
    one = publishing()
    for key in ("first", "second"):
        await one.publish("exchange", key, PROPERTIES, b"body")
    (confirms,) = broker.confirms
    expected = [("exchange", key, PROPERTIES, b"body") for key in ("first", "second")]
    assert expected == confirms.published


async def test_who_comes_while_a_channel_is_being_opened_gets_the_same(broker: Broker) -> None:
    one = publishing()
    publishes = [one.publish("exchange", "key", PROPERTIES, b"") for _ in range(3)]
    await asyncio.gather(*publishes)
    (confirms,) = broker.confirms
    assert 3 == len(confirms.published)


async def test_what_no_queue_takes_is_told_with_its_key_and_says_nothing_against_the_channel(
    broker: Broker,
) -> None:
    broker.failures = [[Failure.RETURNED]]
    one = publishing()
    error = await reason(one)
    assert Failure.RETURNED == error.reason
    assert "no queue takes 'key' from exchange exchange" == str(error)
    await one.publish("exchange", "key", PROPERTIES, b"")
    assert 1 == len(broker.channels)


@pytest.mark.parametrize("failure", [Failure.NACKED, Failure.TIMEOUT])
async def test_a_channel_in_doubt_is_replaced_once_however_many_publishes_say_so(
    broker: Broker, failure: Failure
) -> None:
    broker.failures = [[None, failure, failure]]
    one = publishing()
    await one.publish("exchange", "key", PROPERTIES, b"")
    errors = await asyncio.gather(reason(one), reason(one))
    assert [failure, failure] == [error.reason for error in errors]
    await one.publish("exchange", "key", PROPERTIES, b"")
    assert 2 == len(broker.channels)
    assert [False, False] == [channel.is_closed for channel in broker.channels]


async def test_a_doubt_that_comes_late_says_nothing_against_the_fresh_channel(
    broker: Broker,
) -> None:
    broker.failures = [[Failure.NACKED]]
    one = publishing()
    await reason(one)
    await one.publish("exchange", "key", PROPERTIES, b"")
    old, fresh = broker.confirms
    one._replace(cast("Confirms", old))
    await one.publish("exchange", "key", PROPERTIES, b"")
    assert 2 == len(fresh.published)


async def test_a_channel_that_is_gone_is_followed_by_a_fresh_one(broker: Broker) -> None:
    one = publishing()
    await one.publish("exchange", "key", PROPERTIES, b"")
    broker.confirms[0].is_closed = True
    await one.publish("exchange", "key", PROPERTIES, b"")
    assert 2 == len(broker.channels)


async def test_why_the_broker_closed_the_channel_is_told_in_its_words(broker: Broker) -> None:
    broker.failures = [[None, Failure.LOST]]
    one = publishing()
    await one.publish("exchange", "key", PROPERTIES, b"")
    refused = ChannelAccessRefused("write access to exchange 'app.retry.5s' refused")
    broker.channels[0].closing.set_exception(refused)
    error = await reason(one)
    assert Failure.LOST == error.reason
    assert "lost: " in str(error)
    assert "write access to exchange 'app.retry.5s' refused" in str(error)


@pytest.mark.usefixtures("impatient")
async def test_a_channel_that_is_gone_without_a_word_is_told_too(broker: Broker) -> None:
    broker.failures = [[Failure.LOST]]
    error = await reason(publishing())
    assert "lost: the broker did not confirm it" == str(error)


@pytest.mark.parametrize("failure", [ConnectionResetError, asyncio.CancelledError])
async def test_where_no_channel_opens_the_cause_is_told(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, failure: Callable[[], BaseException]
) -> None:
    async def fail(*_: object) -> None:
        raise failure()

    monkeypatch.setattr(publisher, "open_confirmed", fail)
    error = await reason(publishing())
    assert Failure.UNREACHABLE == error.reason
    assert isinstance(error.__cause__, ConnectionError)
    assert not broker.channels


async def test_who_waits_for_a_connection_does_not_wait_for_ever(broker: Broker) -> None:
    async def never() -> AbstractConnection:
        await asyncio.Event().wait()
        raise AssertionError

    error = await reason(Publisher(never, 0.01))
    assert Failure.UNREACHABLE == error.reason
    assert isinstance(error.__cause__, TimeoutError)
    assert not broker.channels
