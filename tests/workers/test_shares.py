"""Of how many workers this is one, as limiters are told."""

import asyncio
from time import monotonic
from typing import Any, cast

import pytest

from runtime.lifetime import end_tasks
from runtime.this_process import PROCESS
from schemas.pulse import Beat, ProcessKind, QueueBeat
from schemas.rate import Rate
from workers import Delivery, consumer
from workers.broker.living import Living
from workers.limiter import Limiter
from workers.limits import Limits
from workers.roll import DEAF_AFTER, Roll
from workers.shares import Shares

LIMITS = Limits(rate=Rate(60, "m"))


@consumer("orders/create")
async def erp(delivery: Delivery[bytes]) -> None:
    """Take an order."""


class Story:
    """A worker that runs one consumer with limits, and whom it hears."""

    def __init__(self) -> None:
        self.limiter = Limiter(erp)
        self.limiter.limit(LIMITS)
        self.roll = Roll(PROCESS)
        self.is_followed = False
        self._shares = Shares({"erp": self.limiter}, self.roll, cast("Living", self))

    def want(self) -> None:
        """Listen from now on."""
        if not self.is_followed:
            self.roll.listen(monotonic())
        self.is_followed = True

    def hear(self, process: str, *queues: str) -> None:
        """Hear that a worker has these queues."""
        beats = dict.fromkeys(queues, QueueBeat())
        self.roll.hear(Beat(1, process, ProcessKind.WORKER, queues=beats), monotonic())

    async def told(self) -> int | None:
        """Look once; return of how many workers the limiter knows."""
        declared = asyncio.Event()
        declared.set()
        keeping = asyncio.create_task(self._shares.keep(declared))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await end_tasks([keeping])
        return self.limiter.workers


@pytest.fixture
def story() -> Story:
    """A story in which nobody is heard yet."""
    return Story()


async def test_those_share_who_have_a_queue_of_the_consumer(story: Story) -> None:
    story.hear("other", "app.erp.orders.create", "app.erp.carts.update")
    story.hear("third", "app.mail.orders.create")
    story.hear(PROCESS, "app.erp.orders.create")
    assert 2 == await story.told()


async def test_before_it_hears_itself_nothing_is_shared(story: Story) -> None:
    story.hear("other", "app.erp.orders.create")
    assert await story.told() is None


async def test_one_that_has_none_of_the_partitions_yet_counts_itself(story: Story) -> None:
    story.hear("other", "app.erp.orders.create.p0", "app.erp.orders.create.p1")
    story.hear(PROCESS)
    assert 2 == await story.told()


async def test_where_nobody_can_tell_who_lives_it_takes_the_whole(story: Story) -> None:
    story.want()
    story.roll.listen(monotonic() - DEAF_AFTER - 1)
    assert 1 == await story.told()


async def test_who_knew_of_others_and_hears_nothing_more_keeps_to_its_share(story: Story) -> None:
    story.hear("other", "app.erp.orders.create")
    story.hear(PROCESS, "app.erp.orders.create")
    await story.told()
    story.roll.listen(monotonic() - DEAF_AFTER - 1)
    assert 2 == await story.told()


async def test_the_pulse_is_followed_once_there_is_a_limit(story: Story) -> None:
    story.limiter.limit(Limits())
    await story.told()
    assert not story.is_followed
    story.limiter.limit(LIMITS)
    await story.told()
    assert story.is_followed


async def test_only_who_listens_is_deaf_where_nothing_is_heard_for_long(
    story: Story,
) -> None:
    living = Living("app", cast("Any", None), story.roll, lambda: None)
    later = monotonic() + DEAF_AFTER + 1
    assert story.roll.workers("erp", later) is not None
    living.want()
    assert story.roll.workers("erp", later) is None
