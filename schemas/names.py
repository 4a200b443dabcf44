"""Every name on the broker: of the queues and exchanges that are made for apps and consumers.

Names begin with the app's, so that one regular expression gives each app its permissions.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from schemas.bucket import BUCKETS
from schemas.given_names import RESERVED, is_name
from schemas.topic import Topic, TopicPattern

ANY = "_any"
"""How a pattern's `*` is written in names.

The AMQP client knows no `*` there, and no topic's word begins with `_`.
"""
_WORDS = 4
"""Of a work queue's name: app, consumer, and the topic's two. A partition's has one more."""
_PARTITION = re.compile(r"p(0|[1-9][0-9]?)")
WHOLE = -1
"""What stands for a partition's number where a queue is the only one of its consumer and topic."""


@dataclass(frozen=True, slots=True, order=True)
class WorkQueue:
    """The queue of one consumer for one topic pattern, and the names that follow from it.

    Where a consumer has partitions, it is one of them: number `partition` among so many, to which
    the buckets go that leave this remainder. Its name does not tell of how many: `among` is 0 then;
    nor whether it is `ordered`, and has a queue for what it holds back.
    """

    app: str
    consumer: str
    topic: str  # as it stands in names: `orders.create`, `orders._any`
    partition: int = WHOLE
    among: int = field(default=0, compare=False)
    ordered: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, app: str, consumer: str, topic: TopicPattern) -> "WorkQueue":
        """Name the queue of a consumer for a topic pattern."""
        named = topic.routing_key.replace("*", ANY)
        return cls(app, consumer, named)

    @classmethod
    def parse(cls, name: str) -> "WorkQueue | None":
        """Read a work queue's name, or return None where it is not one."""
        words = name.split(".")
        number = WHOLE
        if len(words) == _WORDS + 1:
            last = words.pop()
            number = _number(last)
            if number == WHOLE:
                return None
        if len(words) != _WORDS:
            return None

        app, consumer, resource, event = words
        if consumer in RESERVED or not resource or not event:
            return None
        if not is_name(app) or not is_name(consumer):
            return None

        topic = f"{resource}.{event}"
        return cls(app, consumer, topic, number)

    def split(self, count: int) -> "tuple[WorkQueue, ...]":
        """Return its so many partitions; itself where `count` is 0."""
        if not count:
            return (self.whole,)
        numbers = range(count)
        return tuple(replace(self, partition=number, among=count) for number in numbers)

    @property
    def whole(self) -> "WorkQueue":
        """What all partitions share: the consumer and topic, as a queue without partitions."""
        return WorkQueue(self.app, self.consumer, self.topic, ordered=self.ordered)

    @property
    def is_partition(self) -> bool:
        """Whether it is one of several that share a topic of one consumer."""
        return self.partition != WHOLE

    @property
    def name(self) -> str:
        """`{app}.{C}.{T}`, or `….p{n}`: also the routing key of its retries and dead letters."""
        name = f"{self.app}.{self.consumer}.{self.topic}"
        if self.is_partition:
            return f"{name}.p{self.partition}"
        return name

    @property
    def dead(self) -> str:
        """`{app}.dead.{C}.{T}`: where its dead letters lie, with those of the other partitions."""
        return f"{self.app}.dead.{self.consumer}.{self.topic}"

    @property
    def buckets(self) -> range:
        """The buckets of shops whose webhooks come to it; none where nobody has said of how many
        partitions it is one.
        """
        if not self.is_partition:
            return range(BUCKETS)
        if not self.among:
            return range(0)
        return range(self.partition, BUCKETS, self.among)

    @property
    def binding_key(self) -> str:
        """`T.*`: what leads to it from the webhooks exchange, for its topics in every bucket."""
        return f"{self.pattern.routing_key}.*"

    @property
    def bucket_keys(self) -> tuple[str, ...]:
        """`T.B` for each of its buckets: what binds a partition."""
        topic = self.pattern.routing_key
        return tuple(f"{topic}.{number}" for number in self.buckets)

    @property
    def pattern(self) -> TopicPattern:
        """The topics that it takes, dotted: `orders.create`, `orders.*`."""
        dotted = self.topic.replace(ANY, "*")
        return TopicPattern(dotted)

    def takes(self, topic: Topic) -> bool:
        """Tell whether webhooks of the topic are routed here."""
        return self.pattern.matches(topic)


def _number(word: str) -> int:
    """Return the number of a partition that is written `p3`; WHOLE where none is."""
    found = _PARTITION.fullmatch(word)
    if found is None:
        return WHOLE

    number = int(found[1])
    if number >= BUCKETS:
        return WHOLE
    return number


def work_queues(names: Iterable[str]) -> frozenset[WorkQueue]:
    """Return the work queues that the names are those of; others are passed over."""
    queues = set[WorkQueue]()
    for name in names:
        queue = WorkQueue.parse(name)
        if queue is not None:
            queues.add(queue)
    return frozenset(queues)


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
