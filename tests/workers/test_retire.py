"""Retiring a queue: in which order it is unbound, emptied and deleted. The broker is fake."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiormq import Channel

from runtime.amqp.channels import KeptChannel
from runtime.amqp.confirms import Failure, NotPublished
from schemas import headers as webhook_headers
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from workers.broker import emptying as module
from workers.broker.publisher import Publisher
from workers.broker.retire import Retiring, look_at, retire
from workers.broker.standing import Standing

OLD = WorkQueue("app", "erp", "orders.create")
NEW = WorkQueue("app", "erp2", "orders.create")
RETIRING = Retiring(OLD, Standing(2, 0), Standing(1, 0))
LETTER = {webhook_headers.ID: "d1", webhook_headers.CONSUMER: "erp"}


class FakeBroker:
    """Channel and publisher at once: queues as lists of headers, and a journal of what is told."""

    def __init__(self) -> None:
        self.queues = {
            OLD.name: [{webhook_headers.ID: "w1"}, {webhook_headers.ID: "w2"}],
            OLD.dead: [LETTER],
        }
        self.late: list[dict[str, Any]] = []
        self.journal: list[tuple[str, ...]] = []
        self.copies: list[dict[str, Any]] = []
        self.confirms = True

    async def queue_bind(self, queue: str, exchange: str, key: str) -> None:
        """Take note."""
        self.journal.append(("bind", queue, exchange, key))

    async def queue_unbind(self, queue: str, exchange: str, key: str) -> None:
        """Take note."""
        self.journal.append(("unbind", queue, exchange, key))

    async def queue_declare(self, name: str, *, passive: bool) -> SimpleNamespace:
        """Count what the queue holds."""
        assert passive
        return SimpleNamespace(message_count=len(self.queues[name]), consumer_count=0)

    async def queue_delete(self, name: str) -> SimpleNamespace:
        """Take note, and tell how many messages went with it."""
        self.journal.append(("delete", name))
        return SimpleNamespace(message_count=len(self.queues.pop(name)))

    async def publish(self, exchange: str, key: str, properties: Any, body: bytes) -> None:
        """Take note of a copy."""
        if not self.confirms:
            raise NotPublished(Failure.NACKED)
        self.journal.append(("publish", exchange, key))
        self.copies.append(properties.headers)

    @asynccontextmanager
    async def browsing_on(
        self, channel: Any, queue: str, ahead: int = 0
    ) -> AsyncIterator[AsyncIterator[Any]]:
        """Hold what the queue holds now; what is late comes meanwhile."""
        there = list(self.queues[queue])
        self.queues[queue] += self.late
        self.late = []
        yield self._held(queue, there)

    async def _held(self, queue: str, there: list[dict[str, Any]]) -> AsyncIterator[Any]:
        for headers in there:
            yield FakeMessage(self, queue, headers)


class FakeMessage:
    """Stands for HeldMessage."""

    body = b"{}"

    def __init__(self, broker: FakeBroker, queue: str, headers: dict[str, Any]) -> None:
        self.headers = headers
        self.properties = ReceivedProperties(headers=headers)
        self._broker = broker
        self._queue = queue

    async def forget(self) -> None:
        """Leave the queue."""
        self._broker.queues[self._queue].remove(self.headers)
        self._broker.journal.append(("forget", self.headers[webhook_headers.ID]))


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> FakeBroker:
    """A broker with two webhooks waiting, and one dead letter."""
    broker = FakeBroker()
    monkeypatch.setattr(module, "browsing_on", broker.browsing_on)
    return broker


async def retired(broker: FakeBroker, one: Retiring, *successors: WorkQueue) -> int:
    """Retire a queue on the fake broker."""
    channel = cast("Channel", broker)
    publisher = cast("Publisher", broker)
    return await retire(channel, publisher, one, successors)


async def test_without_a_successor_it_is_unbound_and_dropped_with_what_it_holds(
    broker: FakeBroker,
) -> None:
    assert 3 == await retired(broker, RETIRING)
    assert broker.journal == [
        ("unbind", OLD.name, "app.webhooks", "orders.create.*"),
        ("delete", OLD.name),
        ("delete", OLD.dead),
    ]


async def test_with_a_successor_nothing_comes_in_before_all_is_moved_and_each_is_forgotten_last(
    broker: FakeBroker,
) -> None:
    assert 3 == await retired(broker, RETIRING, NEW)
    assert broker.journal == [
        ("unbind", OLD.name, "app.webhooks", "orders.create.*"),
        ("bind", NEW.name, "app.return", OLD.name),
        ("unbind", OLD.name, "app.return", OLD.name),
        ("publish", "app.return", NEW.name),
        ("forget", "w1"),
        ("publish", "app.return", NEW.name),
        ("forget", "w2"),
        ("delete", OLD.name),
        ("publish", "app.dead", NEW.name),
        ("forget", "d1"),
        ("delete", OLD.dead),
    ]


async def test_what_comes_while_it_is_emptied_is_moved_too(broker: FakeBroker) -> None:
    broker.late = [{webhook_headers.ID: "w3"}]
    assert 4 == await retired(broker, RETIRING, NEW)
    assert ["w1", "w2", "w3", "d1"] == [headers[webhook_headers.ID] for headers in broker.copies]


async def test_what_names_its_consumer_names_the_successor_then(broker: FakeBroker) -> None:
    await retired(broker, RETIRING, NEW)
    assert [None, None, "erp2"] == [
        headers.get(webhook_headers.CONSUMER) for headers in broker.copies
    ]


async def test_a_copy_that_is_not_confirmed_leaves_all_where_it_is(broker: FakeBroker) -> None:
    broker.confirms = False
    with pytest.raises(NotPublished):
        await retired(broker, RETIRING, NEW)
    assert (2, 1) == (len(broker.queues[OLD.name]), len(broker.queues[OLD.dead]))


async def test_run_again_after_its_queue_is_gone_it_still_leads_the_retries_on(
    broker: FakeBroker,
) -> None:
    assert 0 == await retired(broker, Retiring(OLD, None, None), NEW)
    assert [("bind", NEW.name, "app.return", OLD.name)] == broker.journal


@pytest.mark.parametrize(
    ("work", "dead", "left", "consumers"),
    [
        (None, None, 0, 0),
        (Standing(2, 3), None, 2, 3),
        (None, Standing(4, 0), 4, 0),
        (Standing(2, 3), Standing(4, 5), 6, 3),
    ],
)
def test_what_it_would_take_along_are_waiting_webhooks_and_dead_letters(
    work: Standing | None, dead: Standing | None, left: int, consumers: int
) -> None:
    one = Retiring(OLD, work, dead)
    assert left == one.left
    assert consumers == one.consumers


async def test_it_is_looked_at_with_its_dead_queue(broker: FakeBroker) -> None:
    class FakeKept:
        async def get(self) -> FakeBroker:
            return broker

    assert [RETIRING] == await look_at(cast("KeptChannel", FakeKept()), [OLD])


async def test_what_an_ordered_partition_holds_goes_first_and_is_held_no_more(
    broker: FakeBroker,
) -> None:
    partition = WorkQueue("app", "erp", "orders.create", 3, ordered=True)
    held = {webhook_headers.HELD_OF: "m1", webhook_headers.HELD_PLACE: 4}
    mark = {webhook_headers.HELD_MARK: "whose", webhook_headers.ID: "mark"}
    other = {webhook_headers.HELD_OF: "m0", webhook_headers.HELD_PLACE: 3}
    stub = other | {webhook_headers.HALTED: "w0", webhook_headers.ID: "w0"}
    release = other | {webhook_headers.RELEASED: "whose", webhook_headers.ID: "w0"}
    queues: dict[str, list[dict[str, Any]]] = {
        f"{partition.name}.held": [stub, {webhook_headers.ID: "w1"} | held, mark, release],
        partition.name: [{webhook_headers.ID: "w2"}],
    }
    broker.queues = queues
    broker.exchange_unbind = broker.queue_unbind  # type: ignore[attr-defined]
    one = Retiring(partition, Standing(1, 0), None, Standing(4, 0))
    await retired(broker, one, NEW)
    assert [{webhook_headers.ID: "w1"}, {webhook_headers.ID: "w2"}] == broker.copies
    assert {} == broker.queues
