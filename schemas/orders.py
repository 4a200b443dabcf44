"""Orders on queues, as the control log holds them: one form for making and reading them. Pure.

    paused    until, reason
    resumed
    set       concurrency: handlers at once, none for as many as is declared · until, reason
    opened    a breaker, by its worker: until · times: how often in a row
    closed

Each names a `consumer`, and with `topic` (as it stands in queues' names) one of its queues, without
it all of them. Times are milliseconds; without `until` it holds until another order does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.record_fields import is_number_or_none, number, text

MAX_CONCURRENCY = 65_535
"""Handlers at once: AMQP's prefetch is a 16-bit number."""


class Subject(StrEnum):
    """What an order is about: of each subject, a later order takes the place of an earlier one."""

    PAUSE = "pause"
    SETTING = "setting"
    BREAKER = "breaker"


class Ordered(StrEnum):
    """Kinds of orders."""

    PAUSED = "paused"
    RESUMED = "resumed"
    SET = "set"
    OPENED = "opened"
    CLOSED = "closed"


SUBJECTS: Mapping[str, Subject] = {
    Ordered.PAUSED.value: Subject.PAUSE,
    Ordered.RESUMED.value: Subject.PAUSE,
    Ordered.SET.value: Subject.SETTING,
    Ordered.OPENED.value: Subject.BREAKER,
    Ordered.CLOSED.value: Subject.BREAKER,
}

Key = tuple[Subject, str, str]
"""Subject, consumer, topic: two orders of one key stand in each other's place."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order: who gave it when, on what, and until when it holds."""

    what: Ordered
    consumer: str
    topic: str = ""  # of all of the consumer's queues
    by: str = ""
    at: int = 0
    offset: int = 0
    until: int | None = None
    reason: str = ""
    concurrency: int | None = None
    times: int = 0

    @property
    def key(self) -> Key:
        """What another order must share to take its place."""
        return SUBJECTS[self.what], self.consumer, self.topic

    @property
    def lifts(self) -> bool:
        """Whether it only ends what orders before it have said."""
        if self.what is Ordered.SET:
            return self.concurrency is None
        return self.what in (Ordered.RESUMED, Ordered.CLOSED)

    def holds(self, now_ms: int) -> bool:
        """Tell whether it has not ended by then."""
        return self.until is None or now_ms < self.until


def read_order(said: Mapping[str, Any], offset: int) -> Order | None:
    """Return the order that a record gives; None where nobody can tell what it means.

    An order that is half understood is none: read without its end, or its topic, it would stop more
    than was meant.
    """
    what = text(said.get("what"))
    consumer = text(said.get("consumer"))
    if what not in SUBJECTS or not consumer:
        return None
    if not _is_understood(said):
        return None

    return Order(
        what=Ordered(what),
        consumer=consumer,
        topic=text(said.get("topic")),
        by=text(said.get("by")),
        at=number(said.get("at")),
        offset=offset,
        until=said.get("until"),
        reason=text(said.get("reason")),
        concurrency=said.get("concurrency"),
        times=max(0, number(said.get("times"))),
    )


def written(order: Order) -> dict[str, Any]:
    """Return an order's own fields as a record holds them; what it does not say is left out."""
    said = {
        "what": order.what.value,
        "consumer": order.consumer,
        "topic": order.topic or None,
        "until": order.until,
        "reason": order.reason or None,
        "concurrency": order.concurrency,
        "times": order.times or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _is_understood(said: Mapping[str, Any]) -> bool:
    topic = said.get("topic")
    if topic is not None and not isinstance(topic, str):
        return False

    concurrency = said.get("concurrency")
    if not is_number_or_none(said.get("until")) or not is_number_or_none(concurrency):
        return False
    return concurrency is None or 1 <= concurrency <= MAX_CONCURRENCY
