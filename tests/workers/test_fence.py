"""A fence is passed once all before it is settled, and only by whoever has the partition."""

import asyncio

import pytest

from runtime.amqp.confirms import Failure, NotPublished
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from tests.workers.fakes import NOW, QUEUE, FakeChannel
from workers.broker import fence as module
from workers.broker.fence import FENCE, Fences, fence, is_fence
from workers.broker.under_way import UnderWay


class Story:
    """Fences that tell a control log, which fails as it is told."""

    def __init__(self) -> None:
        self.channel = FakeChannel()
        self.drained: list[WorkQueue] = []
        self.failures = 0
        self.is_leaving = False
        self.fences = Fences(self._drained, lambda: self.is_leaving)

    async def _drained(self, queue: WorkQueue) -> None:
        if self.failures:
            self.failures -= 1
            raise NotPublished(Failure.NACKED, "no")
        self.drained.append(queue)

    def arrives(self, *before: asyncio.Task[None]) -> None:
        """Have a fence arrive behind these."""
        told = ReceivedProperties(type=FENCE)
        run = UnderWay(QUEUE, self.channel.deliveries, 7, told, b"", NOW)
        self.fences.arrived(run, before)

    async def ends(self) -> None:
        """Wait until nothing more comes of it."""
        while self.fences._passing:
            await asyncio.wait(self.fences._passing)


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Story:
    """A new story, without pauses."""
    monkeypatch.setattr(module, "PAUSE", 0.0)
    return Story()


def test_a_fence_is_known_by_its_type_which_no_topic_has() -> None:
    assert fence("app").type == FENCE
    assert is_fence(ReceivedProperties(type=FENCE))
    assert not is_fence(ReceivedProperties(type="orders/create"))


async def test_it_waits_for_what_came_before_it(story: Story) -> None:
    go = asyncio.Event()

    async def handle() -> None:
        await go.wait()

    story.arrives(asyncio.create_task(handle()))
    for _ in range(10):
        await asyncio.sleep(0)
    assert [] == story.drained

    go.set()
    await story.ends()
    assert ([QUEUE], [("ack", 7)]) == (story.drained, story.channel.journal)


async def test_it_is_acked_only_once_the_control_log_was_told(story: Story) -> None:
    story.failures = 2
    story.arrives()
    await story.ends()
    assert ([QUEUE], [("ack", 7)]) == (story.drained, story.channel.journal)


@pytest.mark.parametrize("why", ["the channel is gone", "the partition is left"])
async def test_who_no_longer_has_the_partition_passes_none(story: Story, why: str) -> None:
    story.channel.is_closed = why == "the channel is gone"
    story.is_leaving = not story.channel.is_closed
    story.arrives()
    await story.ends()
    assert ([], []) == (story.drained, story.channel.journal)
