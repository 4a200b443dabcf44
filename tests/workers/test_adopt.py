"""Adopting where only an operator makes bindings: what comes back is left, and taken on once its
binding is there.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from schemas import headers as webhook_headers
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from workers.broker import adopt
from workers.broker.adopt import Adoption, SearchResult

QUEUE = WorkQueue("spiffy", "erp", "orders.create")
NO_LIMIT = 1_000


class Broker:
    """The unrouted queue, and a return exchange that has a binding or not."""

    def __init__(self, count: int) -> None:
        self.unrouted = [
            (QUEUE.name, {webhook_headers.ID: f"w{number}"}) for number in range(count)
        ]
        self.taken: list[str] = []
        self.is_bound = False
        self.published = 0

    async def publish(self, exchange: str, key: str, properties: Any, body: bytes) -> None:
        """Route a copy."""
        self.published += 1
        if self.is_bound:
            self.taken.append(properties.headers[webhook_headers.ID])
        else:
            self.unrouted.append((key, properties.headers))

    @asynccontextmanager
    async def held_on(self, channel: Any, queue: str) -> AsyncIterator[AsyncIterator[Any]]:
        """Yield what lies there now."""
        yield self._messages(list(self.unrouted))

    async def _messages(self, there: list[tuple[str, dict[str, Any]]]) -> AsyncIterator[Any]:
        for one in there:
            yield Message(self, one)


class Message:
    """Stands for HeldMessage."""

    body = b"{}"

    def __init__(self, broker: Broker, one: tuple[str, dict[str, Any]]) -> None:
        self.routing_key, self.headers = one
        self.properties = ReceivedProperties(headers=self.headers)
        self._broker = broker
        self._one = one

    async def forget(self) -> None:
        """Be there no more."""
        self._broker.unrouted.remove(self._one)


async def searched(adoption: Adoption) -> SearchResult:
    """Return what one more search finds."""
    return await adoption.adopt(None, [QUEUE], NO_LIMIT)  # type: ignore[arg-type]


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    """A broker with 20 webhooks unrouted."""
    broker = Broker(20)
    monkeypatch.setattr(adopt, "browsing_on", broker.held_on)
    return broker


async def test_what_comes_back_is_tried_with_one_webhook_a_look(broker: Broker) -> None:
    adoption = Adoption("spiffy", broker, trusting=False)  # type: ignore[arg-type]
    results = [await searched(adoption) for _ in range(6)]
    assert [20, 0, 0, 0, 0, 0] == [result.adopted for result in results]
    assert [set()] * 6 == [result.bound for result in results]
    assert [{QUEUE.name}] * 5 == [result.unbound for result in results[1:]]
    assert (20 + 5, 20) == (broker.published, len(broker.unrouted))


async def test_once_its_binding_is_there_all_that_came_back_is_taken_on(broker: Broker) -> None:
    adoption = Adoption("spiffy", broker, trusting=False)  # type: ignore[arg-type]
    for _ in range(3):
        await searched(adoption)
    broker.is_bound = True

    await searched(adoption)
    noticed = await searched(adoption)
    await searched(adoption)

    assert {QUEUE.name} == noticed.bound
    assert set() == noticed.unbound
    assert [] == broker.unrouted
    assert {f"w{number}" for number in range(20)} == set(broker.taken)
    assert 20 == len(broker.taken)


async def test_what_an_earlier_process_adopted_in_vain_is_all_given_once_more(
    broker: Broker,
) -> None:
    for _ in range(3):
        await searched(Adoption("spiffy", broker, trusting=False))  # type: ignore[arg-type]
    broker.is_bound = True
    result = await searched(Adoption("spiffy", broker, trusting=False))  # type: ignore[arg-type]
    assert (20, 0, 20) == (result.adopted, result.left, len(broker.taken))
