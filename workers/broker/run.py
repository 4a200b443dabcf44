"""A run: one delivery on its way to an outcome, and what it may tell the broker."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from runtime.amqp.link import LOST
from schemas import headers as names
from schemas.description import Description
from schemas.topology import WorkQueue
from workers.broker.deliveries import Deliveries
from workers.retry import MAX_DELAY

__all__ = ["LOST", "MAX_ATTEMPT", "Run"]

MAX_ATTEMPT = 1_000_000
"""Attempts are counted up to here: a strategy may well raise two to their power."""


@dataclass(slots=True)
class Run:
    """A delivery on its way to an outcome. `channel` and `tag` change when the broker delivers the message again."""

    queue: WorkQueue
    channel: Deliveries
    tag: int
    properties: Description
    body: bytes
    started_ms: int

    @property
    def is_ours(self) -> bool:
        """Whether it can still be settled: else the broker has taken it back and delivers it again."""
        return not self.channel.is_closed

    @property
    def headers(self) -> dict[str, Any]:
        """The message's headers, whatever types they have."""
        return self.properties.headers

    @property
    def number(self) -> int:
        """The attempt's number, from 1."""
        return min(max(1, names.number(self.headers, names.ATTEMPT, 1)), MAX_ATTEMPT)

    @property
    def first_ms(self) -> int:
        """When the first attempt began."""
        return min(names.number(self.headers, names.FIRST) or self.started_ms, self.started_ms)

    @property
    def early_ms(self) -> int:
        """How much too early it came, in milliseconds: its wait is longer than the last rung's."""
        early = names.number(self.headers, names.DUE) - self.started_ms
        return early if 0 < early <= MAX_DELAY * 1000 else 0  # what is due later than we ever write is due now

    def ack(self) -> None:
        """Tell the broker that it may forget the message; raises one of LOST where the channel is gone."""
        self.channel.ack(self.tag)

    def hand_back(self) -> Awaitable[None]:
        """Give it back unharmed: from RabbitMQ 4.3 on, a nack does not count towards the delivery limit."""
        return self.channel.channel.basic_nack(self.tag, requeue=True, wait=False)

    def send_back(self) -> Awaitable[None]:
        """Give it back as failed: a reject counts towards the delivery limit on every version."""
        return self.channel.channel.basic_reject(self.tag, requeue=True, wait=False)
