"""Which queue of a consumer a copy in the journal goes to."""

import asyncio
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from schemas.bucket import bucket
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from schemas.topic import TopicPattern
from tests.workers.fakes import FakePublisher
from workers.broker.journal_copy import Copy
from workers.letter import Letter, Source
from workers.operate import journal_replay
from workers.operate.journal import Kept
from workers.operate.journal_replay import Replay, replay
from workers.operate.moving import Moved
from workers.operate.takers import Takers
from workers.sought import Sought

SHOP = "a.example"
ORDERS = WorkQueue.of("one", "erp", TopicPattern.parse("orders/*"))
CARTS = WorkQueue.of("one", "erp", TopicPattern.parse("carts/update"))


def copy(topic: str) -> ReceivedProperties:
    """Return the properties of a copy."""
    return ReceivedProperties(type=topic, headers={"webhook-shop": SHOP})


def test_a_copy_goes_to_the_queue_of_its_topic_and_no_other() -> None:
    erp = Takers("one", "erp", frozenset({ORDERS, CARTS}))
    assert [ORDERS] == erp.homes(copy("orders/create"))
    assert [CARTS] == erp.homes(copy("carts/update"))


@pytest.mark.parametrize("topic", ["products/create", "", "Nonsense"])
def test_what_the_consumer_does_not_take_goes_nowhere(topic: str) -> None:
    erp = Takers("one", "erp", frozenset({ORDERS}))
    assert not erp.takes("", copy(topic))


def test_where_there_are_partitions_it_goes_to_the_one_that_has_its_shop() -> None:
    erp = Takers("one", "erp", frozenset(ORDERS.split(8)))
    (home,) = erp.homes(copy("orders/create"))
    assert bucket(SHOP) % 8 == home.partition


def test_the_control_log_is_told_for_whom_and_what() -> None:
    chosen = Takers("one", "erp", frozenset()).chosen(Sought(shop=SHOP))
    assert {"journal to": "erp", "shop": SHOP} == chosen.described()


def kept(place: int) -> Kept:
    """Return what was found in the journal."""
    properties = copy("orders/create")
    letter = Letter.of(Source("one.journal"), properties)
    return Kept(letter, Copy(place, "orders.create.7", properties, 2, b"{}"))


class FakeJournal:
    """Has so many copies; then whoever searches on waits until it is stopped."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
        self.publisher = FakePublisher()
        self._count = count

        async def no_notice(*_: Any) -> str:
            return ""

        makes = SimpleNamespace(on=lambda *_: self.publisher.publisher)
        monkeypatch.setattr(journal_replay, "Publisher", makes)
        monkeypatch.setattr(journal_replay, "notice_of", no_notice)
        monkeypatch.setattr(journal_replay, "search", self._search)

    async def _search(
        self, *given: Any, stop: asyncio.Event, **_: Any
    ) -> AsyncGenerator[Kept, None]:
        for place in range(self._count):
            yield kept(place)
        passed = given[3]
        passed(1, 2, 0)
        await stop.wait()

    async def replayed(self, stop: asyncio.Event, tell: Any, passed: Any) -> Moved:
        """Replay all of it."""
        erp = Takers("one", "erp", frozenset({ORDERS}))
        order = Replay("INC-1", rate=1e9)
        nothing = cast("Any", None)
        async with asyncio.timeout(10):
            return await replay(nothing, erp, Sought(), order, stop, tell, passed)


async def test_while_it_searches_it_tells_how_far_it_is_and_can_be_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal = FakeJournal(monkeypatch, 2)
    stop = asyncio.Event()
    told: list[Kept] = []
    moved = await journal.replayed(stop, told.append, lambda *_: stop.set())
    assert Moved(2) == moved
    assert 2 == len(told) == len(journal.publisher.published)


async def test_what_the_teller_raises_is_nothing_of_the_brokers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def tell(_: Kept) -> None:
        raise BrokenPipeError

    journal = FakeJournal(monkeypatch, 2)
    with pytest.raises(BrokenPipeError):
        await journal.replayed(asyncio.Event(), tell, print)
    assert 1 == len(journal.publisher.published)
