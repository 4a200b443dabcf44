"""Every name on the broker: what apps and consumers may be called, and what queues and exchanges
are called for it.

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
"""How a pattern's `*` is written in names: the AMQP client knows no `*` there, and no topic's word
begins with `_`.
"""


class BadName(ValueError):
    """The name cannot be one of an app or a consumer; the message says why."""


def check_name(kind: str, name: str) -> str:
    """Return the name of an app or a consumer, or raise BadName."""
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        shown = name[:MAX_NAME]
        msg = f"{kind} name {shown!r}: use at most {MAX_NAME} of a-z 0-9 _ -, a letter first"
        raise BadName(msg)
    if kind == "consumer" and name in RESERVED:
        msg = f"consumer name {name!r} is taken by Hookline itself; choose another"
        raise BadName(msg)
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
        return cls(app, consumer, topic.routing_key.replace("*", ANY))

    @classmethod
    def parse(cls, name: str) -> "WorkQueue | None":
        """Read a work queue's name, or return None where it is not one."""
        parts = name.split(".")
        if len(parts) != 4 or parts[1] in RESERVED:  # noqa: PLR2004 - app, consumer, and the topic's two words
            return None
        app, consumer, resource, event = parts
        if not (_NAME.fullmatch(app) and _NAME.fullmatch(consumer) and resource and event):
            return None
        return cls(app, consumer, f"{resource}.{event}")

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
        """`T.*`: what binds it to the webhooks exchange, for the topic or the pattern in every
        bucket.
        """
        return f"{self.pattern.routing_key}.*"

    @property
    def pattern(self) -> TopicPattern:
        """The topics that it takes, dotted: `orders.create`, `orders.*`."""
        return TopicPattern(self.topic.replace(ANY, "*"))

    def takes(self, topic: Topic) -> bool:
        """Tell whether webhooks of the topic are routed here."""
        return self.pattern.matches(topic)


def work_queues(names: Iterable[str]) -> frozenset[WorkQueue]:
    """Return the work queues that the names are those of; others are passed over."""
    read = map(WorkQueue.parse, names)
    return frozenset(queue for queue in read if queue is not None)


def contested(queues: Iterable[WorkQueue]) -> list[WorkQueue]:
    """Return those of the queues that take some topic together with another of them."""
    known = sorted(queues)
    found = []
    for one in known:
        others = (other for other in known if other != one)
        if any(one.pattern.meets(other.pattern) for other in others):
            found.append(one)
    return found


def queues_for(routing_key: str, queues: Iterable[WorkQueue]) -> list[WorkQueue]:
    """Return those of the queues that a message with this routing key belongs to.

    A retry has the name of its one queue as key, a webhook topic and bucket (`orders.create.17`).
    The first edition's webhooks have the topic alone.
    """
    known = sorted(queues)
    named = [queue for queue in known if queue.name == routing_key]
    if named:
        return named

    words = routing_key.split(".")
    if len(words) not in (2, 3):
        return []
    topic = Topic(".".join(words[:2]))
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
