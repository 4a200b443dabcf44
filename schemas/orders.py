"""Orders on queues, as the control log holds them: one form for making and reading them. Pure.

    paused    until, reason
    resumed
    set       concurrency: handlers at once, none for as many as is declared · until, reason
    limited   limit: `rate`, `per_shop` or `per_shop_rate` · value: as its author would write it, or
              `none`; without one as is declared · until, reason
    opened    a breaker, by its worker: until · times: how often in a row
    closed

Each names a `consumer`, and with `topic` (as it stands in queues' names) one of its queues, without
it all of them. Times are milliseconds; without `until` it holds until another order does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.limits import MAX_CONCURRENCY, check_limit
from schemas.record_fields import is_number_or_none, number, text


class Subject(StrEnum):
    """What an order is about: of each subject, a later order takes the place of an earlier one."""

    PAUSE = "pause"
    SETTING = "setting"
    BREAKER = "breaker"
    RATE = "rate"
    PER_SHOP = "per_shop"
    PER_SHOP_RATE = "per_shop_rate"


class Ordered(StrEnum):
    """Kinds of orders."""

    PAUSED = "paused"
    RESUMED = "resumed"
    SET = "set"
    LIMITED = "limited"
    OPENED = "opened"
    CLOSED = "closed"


KINDS = frozenset(one.value for one in Ordered)
_SUBJECTS: Mapping[Ordered, Subject] = {
    Ordered.PAUSED: Subject.PAUSE,
    Ordered.RESUMED: Subject.PAUSE,
    Ordered.SET: Subject.SETTING,
    Ordered.OPENED: Subject.BREAKER,
    Ordered.CLOSED: Subject.BREAKER,
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
    limit: str = ""
    value: str = ""

    @property
    def key(self) -> Key:
        """What another order must share to take its place."""
        subject = Subject(self.limit) if self.what is Ordered.LIMITED else _SUBJECTS[self.what]
        return subject, self.consumer, self.topic

    @property
    def lifts(self) -> bool:
        """Whether it only ends what orders before it have said."""
        if self.what is Ordered.SET:
            return self.concurrency is None
        if self.what is Ordered.LIMITED:
            return not self.value
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
    if what not in KINDS or not consumer:
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
        limit=text(said.get("limit")),
        value=text(said.get("value")),
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
        "limit": order.limit or None,
        "value": order.value or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _is_understood(said: Mapping[str, Any]) -> bool:
    topic = said.get("topic")
    if topic is not None and not isinstance(topic, str):
        return False

    until = said.get("until")
    if not is_number_or_none(until):
        return False

    is_limited = said.get("what") == Ordered.LIMITED
    if is_limited and not _is_limit(said):
        return False

    concurrency = said.get("concurrency")
    if not is_number_or_none(concurrency):
        return False
    return concurrency is None or 1 <= concurrency <= MAX_CONCURRENCY


def _is_limit(said: Mapping[str, Any]) -> bool:
    limit = said.get("limit")
    value = said.get("value", "")
    if not isinstance(limit, str):
        return False
    if not isinstance(value, str):
        return False

    try:
        check_limit(limit, value)
    except ValueError:
        return False
    return not said.get("topic")
