"""Whether the broker still gives what there is: without a broker, which is faked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from workers.broker import subscription as module
from workers.broker.subscription import Subscription


@dataclass
class Answer:
    """What a passive declaration answers."""

    message_count: int
    consumer_count: int


class FakeChannel:
    """Tells how many messages are ready; so many come while it is asked."""

    def __init__(self, ready: int, arriving: int = 0) -> None:
        self.received = 5
        self.consumers = 1
        self._ready = ready
        self._arriving = arriving

    async def queue_declare(self, *_: Any, **__: Any) -> Answer:
        """Answer."""
        self.received += self._arriving
        return Answer(self._ready, self.consumers)


@pytest.mark.parametrize(
    ("channel", "before", "busy", "expected"),
    [
        (FakeChannel(ready=1), 5, False, True),
        (FakeChannel(ready=0), 5, False, False),
        (FakeChannel(ready=1), 4, False, False),
        (FakeChannel(ready=1), 5, True, False),
        (FakeChannel(ready=1, arriving=1), 5, False, False),
    ],
    ids=["nothing came", "nothing is ready", "one came", "one is under way", "one comes just now"],
)
async def test_it_is_stuck_where_messages_are_ready_and_none_came(
    channel: FakeChannel, before: int, busy: bool, expected: bool
) -> None:
    subscription = Subscription(
        "queue",
        1,
        lambda *_: None,
        count_received=lambda: channel.received,
        is_busy=lambda: busy,
    )
    assert expected == await subscription._is_stuck(cast("Any", channel), before)


async def test_while_nothing_is_found_it_looks_more_rarely_until_something_comes() -> None:
    channel = FakeChannel(ready=0)
    subscription = Subscription(
        "queue", 1, lambda *_: None, count_received=lambda: channel.received, is_busy=lambda: False
    )
    waits = []
    for _ in range(5):
        waits.append(subscription._check_after)
        assert not await subscription._is_stuck(cast("Any", channel), 5)
    assert [10, 20, 40, 60, 60] == waits
    channel.received += 1
    assert not await subscription._is_stuck(cast("Any", channel), 5)
    assert 10 == subscription._check_after


class Story:
    """A channel that answers all it is asked, and writes it down."""

    number = 1

    def __init__(self) -> None:
        self.journal: list[str] = []
        self.closing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_consumer_cancel_callbacks: set[Any] = set()
        self._consumers = 0

    async def basic_qos(self, *, prefetch_count: int) -> None:
        """Note the prefetch."""
        self.journal.append(f"prefetch {prefetch_count}")

    async def basic_consume(self, *_: Any) -> SimpleNamespace:
        """Hand out messages."""
        self._consumers += 1
        self.journal.append(f"consume {self._consumers}")
        return SimpleNamespace(consumer_tag=str(self._consumers))

    async def basic_cancel(self, tag: str, *, timeout: float) -> None:
        """Hand out none any more."""
        assert timeout
        self.journal.append(f"cancel {tag}")

    async def wrote(self, *lines: str) -> None:
        """Wait until these are the last lines."""
        async with asyncio.timeout(10):
            while self.journal[-len(lines) :] != list(lines):
                await asyncio.sleep(0)


@pytest.fixture
async def held(
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[Subscription, Story, asyncio.Task[None]]]:
    """A subscription of 16, held over a channel that answers."""
    story = Story()

    @asynccontextmanager
    async def its_channel(_: Any) -> AsyncIterator[Story]:
        yield story

    monkeypatch.setattr(module, "channel_of", its_channel)
    one = Subscription(
        "queue", 16, lambda *_: None, count_received=lambda: 0, is_busy=lambda: False
    )
    tap = cast("Any", SimpleNamespace(channels={}))
    holding = asyncio.create_task(one.hold(cast("Any", None), tap))
    yield one, story, holding
    holding.cancel()


Held = tuple[Subscription, Story, asyncio.Task[None]]


async def test_another_number_is_taken_by_another_consumer_on_the_same_channel(held: Held) -> None:
    one, story, _ = held
    await story.wrote("prefetch 16", "consume 1")
    one.want(4)
    await story.wrote("cancel 1", "prefetch 4", "consume 2")
    assert one.is_active


async def test_while_none_is_wanted_nothing_is_consumed_and_the_channel_stays(held: Held) -> None:
    one, story, holding = held
    await story.wrote("consume 1")
    one.want(0)
    await story.wrote("consume 1", "cancel 1")
    assert (False, False) == (one.is_active, holding.done())
    one.want(16)
    await story.wrote("cancel 1", "prefetch 16", "consume 2")
    assert one.is_active


async def test_who_wants_none_when_the_channel_opens_is_handed_none(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, story, holding = held
    await story.wrote("consume 1")
    one.want(0)
    await story.wrote("cancel 1")
    story.closing.set_result(None)
    await holding

    again = Story()
    story.closing = again.closing
    story.journal.clear()
    monkeypatch.setattr(module, "STUCK_CHECK_EVERY", 0.001)
    tap = cast("Any", SimpleNamespace(channels={}))
    holding = asyncio.create_task(one.hold(cast("Any", None), tap))
    for _ in range(50):
        await asyncio.sleep(0.001)
    assert not holding.done(), "the fake channel has no answer to who asks how a queue stands"
    assert [] == story.journal
    holding.cancel()


async def test_once_cancelled_it_consumes_no_more_whatever_is_wanted(held: Held) -> None:
    one, story, _ = held
    await story.wrote("consume 1")
    await one.cancel()
    assert "cancel 1" == story.journal[-1]
    one.want(16)
    for _ in range(20):
        await asyncio.sleep(0)
    assert "cancel 1" == story.journal[-1]


async def test_it_is_held_until_the_channel_is_gone_also_while_none_is_wanted(held: Held) -> None:
    one, story, holding = held
    await story.wrote("consume 1")
    one.want(0)
    await story.wrote("cancel 1")
    story.closing.set_result(None)
    async with asyncio.timeout(10):
        await holding


class Handing:
    """A subscription that hands over, and what is under way in it."""

    def __init__(self, story: Story) -> None:
        self.busy = False
        self.story = story
        self.one = Subscription(
            "queue",
            16,
            lambda *_: None,
            count_received=lambda: 0,
            is_busy=lambda: self.busy,
            hands_over=True,
        )
        tap = cast("Any", SimpleNamespace(channels={}))
        self.holding = asyncio.create_task(self.one.hold(cast("Any", None), tap))


@pytest.fixture
async def handing(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Handing]:
    """One that consumes."""
    story = Story()

    @asynccontextmanager
    async def its_channel(_: Any) -> AsyncIterator[Story]:
        yield story
        story.journal.append("close")

    monkeypatch.setattr(module, "channel_of", its_channel)
    handing = Handing(story)
    await story.wrote("prefetch 16", "consume 1")
    yield handing
    handing.holding.cancel()


@pytest.mark.parametrize("prefetch", [0, 4])
async def test_who_hands_over_never_cancels_but_closes_once_nothing_is_under_way(
    handing: Handing, prefetch: int
) -> None:
    handing.busy = True
    handing.one.want(prefetch)
    for _ in range(20):
        await asyncio.sleep(0)
    assert (["prefetch 16", "consume 1"], True) == (handing.story.journal, handing.one.is_leaving)

    handing.busy = False
    handing.one.wake_if_leaving()
    await handing.holding
    assert ["consume 1", "close"] == handing.story.journal[1:]
    assert not handing.one.is_active


async def test_what_was_let_go_is_handed_over_whatever_is_wanted_again_meanwhile(
    handing: Handing,
) -> None:
    handing.one.leave()
    handing.one.want(16)
    await handing.holding
    assert "close" == handing.story.journal[-1]


async def test_an_end_in_order_waits_for_nothing_to_be_cancelled(handing: Handing) -> None:
    handing.busy = True
    await handing.one.cancel()
    assert handing.one.is_active


async def test_who_is_to_be_the_next_is_not_stuck_while_another_is_served(
    handing: Handing,
) -> None:
    channel = FakeChannel(ready=5)
    assert await handing.one._is_stuck(cast("Any", channel), 0)
    channel.consumers = 2
    assert not await handing.one._is_stuck(cast("Any", channel), 0)
