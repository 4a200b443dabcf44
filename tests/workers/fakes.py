"""A channel and a publisher that write down what they are told, and fail where they should."""

from dataclasses import dataclass, field
from typing import Any, cast

from aiormq.exceptions import ChannelInvalidStateError

from runtime.amqp.confirms import Failure, NotPublished
from schemas.names import WorkQueue
from schemas.properties import Properties, ReceivedProperties
from workers.broker.deliveries import Deliveries
from workers.broker.publisher import Publisher
from workers.broker.under_way import UnderWay

QUEUE = WorkQueue("app", "erp", "orders.create")
NOW = 1_800_000_000_000


@dataclass
class FakeChannel:
    """One channel's deliveries."""

    journal: list[Any] = field(default_factory=list)
    is_closed: bool = False
    nack_counts: bool = True

    def ack(self, tag: int) -> None:
        """Note an ack; raise where the channel is closed."""
        if self.is_closed:
            raise ChannelInvalidStateError("the channel is gone")
        self.journal.append(("ack", tag))

    async def reject(self, tag: int) -> None:
        """Note a reject."""
        self.journal.append(("reject", tag))

    async def nack(self, tag: int) -> None:
        """Note that one is handed back."""
        self.journal.append(("nack", tag))

    @property
    def deliveries(self) -> Deliveries:
        """As what our code takes it for."""
        return cast("Deliveries", self)


@dataclass
class FakePublisher:
    """Confirms, after so many failures."""

    journal: list[Any] = field(default_factory=list)
    failures: int = 0
    published: list[Properties] = field(default_factory=list)

    async def publish(self, exchange: str, _: str, properties: Properties, body: bytes) -> None:
        """Note a publish that is confirmed."""
        if self.failures:
            self.failures -= 1
            raise NotPublished(Failure.RETURNED)
        self.published.append(properties)
        self.journal.append(("publish", exchange, body))

    @property
    def publisher(self) -> Publisher:
        """As what our code takes it for."""
        return cast("Publisher", self)


def description(
    message_id: str = "m1", webhook_id: str = "w1", **headers: Any
) -> ReceivedProperties:
    """Return a webhook's description, with further headers."""
    own = {"webhook-id": webhook_id, "webhook-shop": "a shop", "webhook-received-ms": NOW - 1_000}
    return ReceivedProperties(
        content_type="application/json",
        type="orders/create",
        app_id="app",
        message_id=message_id,
        headers=own | {name.replace("_", "-"): value for name, value in headers.items()},
    )


def run(channel: FakeChannel, **headers: Any) -> UnderWay:
    """Return a run of a webhook with these headers."""
    return UnderWay(QUEUE, channel.deliveries, 1, description(**headers), b"{}", NOW)
