"""Everything Hookline has on the broker, as plain data: every exchange, queue, argument, binding, and every name.

    {app}.webhooks ──T──▶ {app}.{C}.{T} ──retry──▶ {app}.retry.{n}s ──after n s──▶ {app}.return ──▶ {app}.{C}.{T}
          │ no queue for T            └──dead──▶ {app}.dead ──▶ {app}.dead.{C}.{T}      │ queue gone
          └──▶ {app}.unrouted ◀─────────────────────────────────────────────────────────┘

Whoever declares, checks or exports the topology asks `topology` here. Why each argument stands: comments below.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.topic import Topic, TopicPattern

LADDER = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 43200, 86400)
"""The rungs, in seconds: a retry waits in the queue of its rung, not in a worker."""

DELIVERY_LIMIT = 20
"""Failed deliveries before the broker itself dead-letters: the net for crash loops, not the retry policy."""

BROWSE_LIMIT = 2**31 - 1
"""Delivery limit of queues that people and sweeps look through: each look counts as a delivery, and from RabbitMQ 4.0
on a queue without a limit of its own drops after 20. (-1, "unlimited", dead-letters at once on 3.10.)"""

MAX_NAME = 60
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
RESERVED = frozenset({"webhooks", "unrouted", "retry", "return", "dead"})

Argument = str | int


class BadName(ValueError):
    """The name cannot be one of an app or a consumer; the message says why."""


class ExchangeType(StrEnum):
    """AMQP's exchange types that Hookline uses."""

    TOPIC = "topic"
    FANOUT = "fanout"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A durable exchange."""

    name: str
    type: ExchangeType
    arguments: dict[str, Argument] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable quorum queue."""

    name: str
    arguments: dict[str, Argument] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Binding:
    """From an exchange to a queue."""

    exchange: str
    queue: str
    routing_key: str


@dataclass(frozen=True, slots=True)
class Topology:
    """In an order in which it can be declared: exchanges, queues, bindings."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]


@dataclass(frozen=True, slots=True, order=True)
class WorkQueue:
    """The queue of one consumer for one topic pattern, and the names that follow from it."""

    app: str
    consumer: str
    topic: str  # as routing key: `orders.create`, `orders.*`

    @classmethod
    def of(cls, app: str, consumer: str, topic: TopicPattern) -> "WorkQueue":
        """Name the queue of a consumer for a topic pattern."""
        return cls(app, consumer, topic.routing_key)

    @classmethod
    def parse(cls, name: str) -> "WorkQueue | None":
        """Read a work queue's name, or return None where it is not one."""
        parts = name.split(".", 2)
        if len(parts) != 3 or parts[1] in RESERVED or "." not in parts[2]:  # noqa: PLR2004 - app, consumer, topic
            return None
        return cls(*parts)

    @property
    def name(self) -> str:
        """`{app}.{C}.{T}`: also the routing key of its retries and dead letters."""
        return f"{self.app}.{self.consumer}.{self.topic}"

    @property
    def dead(self) -> str:
        """`{app}.dead.{C}.{T}`: where its dead letters lie."""
        return f"{self.app}.dead.{self.consumer}.{self.topic}"

    def takes(self, topic: Topic) -> bool:
        """Tell whether webhooks of the topic are routed here."""
        return TopicPattern(self.topic).matches(topic)


def check_name(kind: str, name: str) -> str:
    """Return the name of an app or a consumer, or raise BadName."""
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        msg = f"{kind} name {name[:MAX_NAME]!r}: use at most {MAX_NAME} of a-z 0-9 _ -, a letter first"
        raise BadName(msg)
    if kind == "consumer" and name in RESERVED:
        msg = f"consumer name {name!r} is taken by Hookline itself; choose another"
        raise BadName(msg)
    return name


def webhooks_exchange(app: str) -> str:
    """Where the ingress publishes."""
    return f"{app}.webhooks"


def unrouted_queue(app: str) -> str:
    """Where webhooks wait that no consumer has a queue for; its exchange has the same name."""
    return f"{app}.unrouted"


def return_exchange(app: str) -> str:
    """Where retries come back and replays go, by work queue's name."""
    return f"{app}.return"


def dead_exchange(app: str) -> str:
    """Where dead letters are published, by work queue's name."""
    return f"{app}.dead"


def retry_exchange(app: str, rung: int) -> str:
    """The rung's exchange; its queue has the same name."""
    return f"{app}.retry.{rung}s"


def canary_queue(app: str) -> str:
    """Proves to the readiness probe that a majority of nodes stores what is published."""
    return f"{app}.canary"


CANARY_KEY = "canary"
"""Routing key of the canary: one word, so no topic and no consumer's pattern meets it."""


def catalogue_queue(app: str) -> str:
    """Holds the name of every work queue, a message each: AMQP cannot list queues, and dead letters must be found."""
    return f"{app}.catalogue"


def topology(app: str, queues: Iterable[WorkQueue] = (), ladder: Iterable[int] = LADDER) -> Topology:
    """Everything of an app: what the ingress needs and, where there are work queues, what their workers need.

    The order is one in which each thing can be declared; the same input gives the same output.
    """
    pair, work = _ingress(app), tuple(sorted(queues))
    if not work:
        return pair
    parts = (pair, _returns(app, ladder), *(_work(queue) for queue in work))
    return Topology(
        tuple(exchange for part in parts for exchange in part.exchanges),
        tuple(queue for part in parts for queue in part.queues),
        tuple(binding for part in parts for binding in part.bindings),
    )


def _quorum(name: str, **arguments: Argument) -> Queue:
    return Queue(name, {"x-queue-type": "quorum", **{f"x-{key.replace('_', '-')}": v for key, v in arguments.items()}})


def _moving_on(exchange: str) -> dict[str, Argument]:
    # At least once needs reject-publish: with the default overflow the broker quietly falls back to at most once.
    return {
        "dead_letter_exchange": exchange,
        "dead_letter_strategy": "at-least-once",
        "overflow": "reject-publish",
    }


def _ingress(app: str) -> Topology:
    webhooks, unrouted, canary = webhooks_exchange(app), unrouted_queue(app), canary_queue(app)
    return Topology(
        (
            Exchange(unrouted, ExchangeType.FANOUT),
            Exchange(webhooks, ExchangeType.TOPIC, {"alternate-exchange": unrouted}),
        ),
        (
            _quorum(unrouted, delivery_limit=BROWSE_LIMIT),
            _quorum(canary, max_length=1, message_ttl=60_000),
        ),
        (Binding(unrouted, unrouted, ""), Binding(webhooks, canary, CANARY_KEY)),
    )


def _returns(app: str, ladder: Iterable[int]) -> Topology:
    back, dead, catalogue = return_exchange(app), dead_exchange(app), catalogue_queue(app)
    rungs = [(retry_exchange(app, rung), rung) for rung in ladder]
    return Topology(
        (
            # A retry whose queue is gone must not block the rung's other retries: it goes to unrouted.
            Exchange(back, ExchangeType.DIRECT, {"alternate-exchange": unrouted_queue(app)}),
            Exchange(dead, ExchangeType.DIRECT),
            *(Exchange(name, ExchangeType.FANOUT) for name, _ in rungs),
        ),
        (
            # No dead-letter routing key: a retry keeps its work queue's name as key, and so finds its way back.
            *(_quorum(name, message_ttl=rung * 1000, **_moving_on(back)) for name, rung in rungs),
            _quorum(catalogue, delivery_limit=BROWSE_LIMIT),
        ),
        (*(Binding(name, name, "") for name, _ in rungs), Binding(dead, catalogue, catalogue)),
    )


def _work(queue: WorkQueue) -> Topology:
    app, name = queue.app, queue.name
    return Topology(
        (),
        (
            # Never into the ladder: a dead-letter cycle without a rejection in it loses the message.
            _quorum(
                name,
                delivery_limit=DELIVERY_LIMIT,
                dead_letter_routing_key=name,
                **_moving_on(dead_exchange(app)),
            ),
            _quorum(queue.dead, delivery_limit=BROWSE_LIMIT),
        ),
        (
            Binding(webhooks_exchange(app), name, queue.topic),
            Binding(return_exchange(app), name, name),
            Binding(dead_exchange(app), queue.dead, name),
        ),
    )


def rung_for(delay: float) -> int:
    """Return the rung, in seconds, on which a retry waits no shorter than `delay`; the last one for anything longer."""
    return LADDER[min(bisect_left(LADDER, delay), len(LADDER) - 1)]
