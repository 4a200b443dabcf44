"""An ordered partition's two queues on one channel: without a broker, which is faked."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from schemas.names import WorkQueue
from workers.broker import ordered_subscription as module
from workers.broker.ordered_subscription import OrderedSubscription

QUEUE = WorkQueue("app", "erp", "orders.create", 3, 8, ordered=True)


class Story:
    """A channel and a publisher of marks that write down what they are told."""

    def __init__(self) -> None:
        self.journal: list[tuple[str, Any]] = []
        self.marks: list[str] = []
        self.ahead = 4
        self.is_closed = False
        self.subscription = OrderedSubscription(
            QUEUE,
            2,
            lambda *_: None,
            self._mark,
            count_received=lambda: 0,
            is_busy=lambda: False,
            is_waiting=lambda: False,
            ahead=lambda: self.ahead,
        )

    async def _mark(self, queue: WorkQueue, name: str) -> None:
        assert QUEUE == queue
        self.marks.append(name)

    async def basic_qos(self, *, prefetch_count: int) -> None:
        """Take note."""
        self.journal.append(("qos", prefetch_count))

    async def basic_consume(self, queue: str, _: object) -> SimpleNamespace:
        """Take note."""
        self.journal.append(("consume", queue))
        return SimpleNamespace(consumer_tag=queue)

    def begin(self) -> "asyncio.Task[None]":
        """Begin to take from it."""
        return asyncio.create_task(self.subscription._adjust(cast("Any", self)))

    async def marked(self, count: int = 1) -> None:
        """Wait until so many marks are published."""
        async with asyncio.timeout(10):
            while len(self.marks) < count:
                await asyncio.sleep(0)


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Story:
    """A new story, in which nobody waits for long."""
    for pause in ("MARK_PAUSE", "LONGEST_MARK_PAUSE", "ROOM_CHECK_EVERY"):
        monkeypatch.setattr(module, pause, 0.001)
    return Story()


HELD = [("qos", 65_535), ("consume", "app.erp.orders.create.p3.held")]


async def test_the_partition_is_taken_from_once_our_own_mark_has_come(
    story: Story,
) -> None:
    beginning = story.begin()
    await story.marked(3)
    assert not story.subscription.passes("another's")
    assert (HELD, False) == (story.journal, beginning.done())

    assert story.subscription.passes(story.marks[0])
    assert not story.subscription.passes(story.marks[0])
    await beginning
    assert [("qos", 8), ("consume", QUEUE.name)] == story.journal[2:]


async def test_while_too_much_is_held_the_partition_is_not_taken_from(story: Story) -> None:
    story.ahead = 0
    beginning = story.begin()
    await story.marked()
    story.subscription.passes(story.marks[0])
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert (HELD, False) == (story.journal, beginning.done())
    story.ahead = 4
    await beginning
    assert ("consume", QUEUE.name) == story.journal[-1]


@pytest.mark.parametrize("is_read", [False, True])
async def test_where_it_is_wanted_no_more_nothing_further_is_taken(
    story: Story, is_read: bool
) -> None:
    story.ahead = 0
    beginning = story.begin()
    await story.marked()
    if is_read:
        story.subscription.passes(story.marks[0])
    story.subscription.want(0)
    await beginning
    assert HELD == story.journal
