"""Looking for dead letters on the broker, and putting one back. Here is said what queues hold."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from runtime.amqp.confirms import NotPublished
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from tests.workers.fakes import FakePublisher
from workers.broker import letters
from workers.broker.browse import HeldMessage
from workers.broker.letters import find, replay
from workers.dead_letters import Filter

ERP = WorkQueue("app", "erp", "orders.create")
MAIL = WorkQueue("app", "mail", "orders.create")
HELD = {ERP.dead: ["w1", "w2", "w1"], MAIL.dead: ["w3"]}


class Browsed:
    """Stands for what looks through a queue, and notes what is acked."""

    def __init__(self) -> None:
        self.held = 1
        self.journal: list[Any] = []
        self.channel = SimpleNamespace(basic_ack=self._ack)

    @asynccontextmanager
    async def browsing(self, _: Any, queue: str) -> AsyncIterator[AsyncIterator[HeldMessage]]:
        """Yield what the queue holds."""
        yield self._messages(queue)

    async def _messages(self, queue: str) -> AsyncIterator[HeldMessage]:
        for webhook_id in HELD[queue]:
            yield self.letter(webhook_id)

    def letter(self, webhook_id: str) -> HeldMessage:
        """Return a dead letter of a webhook."""
        properties = ReceivedProperties(
            headers={"webhook-id": webhook_id, "webhook-reason": "rejected", "webhook-replays": 1}
        )
        return HeldMessage(cast("Any", self), 1, "", properties, b"{}")

    async def _ack(self, tag: int, *, wait: bool) -> None:
        self.journal.append(("ack", tag))


@pytest.fixture
def browsed(monkeypatch: pytest.MonkeyPatch) -> Browsed:
    """Two dead queues."""
    browsed = Browsed()
    monkeypatch.setattr(letters, "browsing", browsed.browsing)
    return browsed


async def found(wanted: Filter, limit: int | None = None) -> list[tuple[str, str]]:
    """Return consumer and id of each letter that is found."""
    nowhere = cast("Any", None)
    return [
        (queue.consumer, letter.headers["webhook-id"])
        async for queue, letter in find(nowhere, [MAIL, ERP], wanted, limit)
    ]


async def test_letters_are_found_queue_by_queue_in_the_order_in_which_they_lie(
    browsed: Browsed,
) -> None:
    assert [("erp", "w1"), ("erp", "w2"), ("erp", "w1"), ("mail", "w3")] == await found(Filter())


@pytest.mark.parametrize(
    ("wanted", "limit", "expected"),
    [
        (Filter(id="w1"), None, ["w1", "w1"]),
        (Filter(id="w1"), 1, ["w1"]),
        (Filter(), 2, ["w1", "w2"]),
        (Filter(), 4, ["w1", "w2", "w1", "w3"]),
        (Filter(id="w4"), 1, []),
    ],
)
async def test_only_those_that_are_meant_count_towards_the_limit(
    browsed: Browsed, wanted: Filter, limit: int | None, expected: list[str]
) -> None:
    assert expected == [webhook_id for _, webhook_id in await found(wanted, limit)]


async def test_a_replayed_letter_is_stored_again_before_it_is_forgotten(browsed: Browsed) -> None:
    publisher = FakePublisher(browsed.journal)
    await replay(publisher.publisher, ERP, browsed.letter("w1"))
    assert [("publish", "app.return", b"{}"), ("ack", 1)] == browsed.journal
    (properties,) = publisher.published
    headers = properties.headers or {}
    assert "w1" == headers["webhook-id"]
    assert 2 == headers["webhook-replays"]
    assert "webhook-reason" not in headers


async def test_a_letter_whose_copy_is_not_confirmed_is_not_forgotten(browsed: Browsed) -> None:
    publisher = FakePublisher(browsed.journal, failures=1)
    with pytest.raises(NotPublished):
        await replay(publisher.publisher, ERP, browsed.letter("w1"))
    assert [] == browsed.journal
