"""Every name on the broker: of apps and consumers, and of the queues and exchanges made for them.

Names begin with the app's, so that one regular expression gives each app its permissions.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.topic import Topic, TopicPattern

MAX_NAME = 60
"""Characters of an app's or a consumer's name."""

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
RESERVED = frozenset(
    {
        "webhooks",
        "unrouted",
        "retry",
        "return",
        "dead",
        "canary",
        "control",
        "pulse",
        "journal",
        "in",
        "tap",
    }
)
"""Words of Hookline's own: no consumer is called by one, so no two names can meet."""

ANY = "_any"
"""How a pattern's `*` is written in names.

The AMQP client knows no `*` there, and no topic's word begins with `_`.
"""
_WORDS = 4
"""Of a work queue's name: app, consumer, and the topic's two."""


class BadName(ValueError):
    """The name cannot be one of an app or a consumer; the message says why."""


def check_name(kind: str, name: str) -> str:
    """Return the name of an app or a consumer, or raise BadName."""
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        shown = name[:MAX_NAME]
        advice = f"use at most {MAX_NAME} of a-z 0-9 _ -, a letter first"
        raise BadName(f"{kind} name {shown!r}: {advice}")

    if kind == "consumer" and name in RESERVED:
        raise BadName(f"consumer name {name!r} is taken by Hookline itself; choose another")
    return name


@dataclass(frozen=True, slots=True, order=True)
class WorkQueue:
    """The queue of one consumer for one topic pattern, and the names that follow from it."""

    app: str
    consumer: str
    topic: str  # as it stands in names: `orders.create`, `orders._any`

    @classmethod
    def of(cls, app: str, consumer: str, topic: TopicPattern) -> "WorkQueue":
        """Name the queue of a consumer for a topic pattern."""
        named = topic.routing_key.replace("*", ANY)
        return cls(app, consumer, named)

    @classmethod
    def parse(cls, name: str) -> "WorkQueue | None":
        """Read a work queue's name, or return None where it is not one."""
        words = name.split(".")
        if len(words) != _WORDS:
            return None

        app, consumer, resource, event = words
        if consumer in RESERVED or not resource or not event:
            return None
        if not _NAME.fullmatch(app) or not _NAME.fullmatch(consumer):
            return None

        topic = f"{resource}.{event}"
        return cls(app, consumer, topic)

    @property
    def name(self) -> str:
        """`{app}.{C}.{T}`: also the routing key of its retries and dead letters."""
        return f"{self.app}.{self.consumer}.{self.topic}"

    @property
    def dead(self) -> str:
        """`{app}.dead.{C}.{T}`: where its dead letters lie."""
        return f"{self.app}.dead.{self.consumer}.{self.topic}"

    @property
    def binding_key(self) -> str:
        """`T.*`: what binds it to the webhooks exchange, for its topics in every bucket."""
        return f"{self.pattern.routing_key}.*"

    @property
    def pattern(self) -> TopicPattern:
        """The topics that it takes, dotted: `orders.create`, `orders.*`."""
        dotted = self.topic.replace(ANY, "*")
        return TopicPattern(dotted)

    def takes(self, topic: Topic) -> bool:
        """Tell whether webhooks of the topic are routed here."""
        return self.pattern.matches(topic)


def work_queues(names: Iterable[str]) -> frozenset[WorkQueue]:
    """Return the work queues that the names are those of; others are passed over."""
    queues = set[WorkQueue]()
    for name in names:
        queue = WorkQueue.parse(name)
        if queue is not None:
            queues.add(queue)
    return frozenset(queues)


def contested(queues: Iterable[WorkQueue]) -> list[WorkQueue]:
    """Return those of the queues that take some topic together with another of them."""
    known = sorted(queues)
    found = []
    for one in known:
        others = [other.pattern for other in known if other != one]
        if any(map(one.pattern.meets, others)):
            found.append(one)
    return found


def queues_for(routing_key: str, queues: Iterable[WorkQueue]) -> list[WorkQueue]:
    """Return those of the queues that a message with this routing key belongs to.

    A retry has the name of its one queue as key, a webhook topic and bucket (`orders.create.17`).
    The first edition's webhooks have the topic alone.
    """
    known = sorted(queues)
    called_so = [queue for queue in known if queue.name == routing_key]
    if called_so:
        return called_so

    words = routing_key.split(".")
    if len(words) not in (2, 3):
        return []

    resource_and_event = words[:2]
    topic = Topic(".".join(resource_and_event))
    return [queue for queue in known if queue.takes(topic)]


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


def control_stream(app: str) -> str:
    """The log of what was declared and ordered; its exchange has the same name."""
    return f"{app}.control"


def first_edition_queue(app: str) -> str:
    """A queue that only the first edition of the topology has: `{app}.catalogue`."""
    return f"{app}.catalogue"
