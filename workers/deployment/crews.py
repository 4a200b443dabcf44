"""What is deployed: crews. A crew's workers all run the same queues, with the same command line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.names import WorkQueue
from schemas.topic import TopicPattern
from workers.consumer import Consumer

ALL = "all"
TOGETHER = "together"


@dataclass(frozen=True, slots=True, order=True)
class Share:
    """A queue that a crew consumes."""

    queue: WorkQueue
    at_once: int
    """Webhooks of it that one worker handles at once."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Workers that run the same queues, as many as there is work for."""

    name: str
    """Tells it from every other: `spiffy.erp.orders.create`, the queue's name where it is one."""
    instance: str
    """Tells it from the others of its app: `erp:orders/create`."""
    arguments: tuple[str, ...]
    """What `hookline-workers` is told."""
    shares: tuple[Share, ...]
    longest_timeout: float
    """Seconds that an attempt of any of its consumers may take."""

    @property
    def queues(self) -> str:
        """The names of its queues, as people read them."""
        return " ".join(share.queue.name for share in self.shares)

    @property
    def most_busy(self) -> int | None:
        """How many workers have something to do at most: a partition has one at a time. None where
        any number has.
        """
        if all(share.queue.is_partition for share in self.shares):
            return len(self.shares)
        return None


def crews_apart(app: str, modules: Sequence[str], consumers: Iterable[Consumer[Any]]) -> list[Crew]:
    """Return a crew for each queue, by name."""
    crews = [_of_one(app, modules, one, topic) for one in consumers for topic in one.topics]
    return sorted(crews, key=lambda crew: crew.name)


def crew_together(
    app: str,
    modules: Sequence[str],
    consumers: Sequence[Consumer[Any]],
    *,
    names: Iterable[str],
    topics: Iterable[str],
) -> Crew:
    """Return one crew for all of these consumers, which the names and topics have picked out.

    It is called by what was picked, and not by what was found: a new topic renames nothing.
    """
    names = sorted(set(names))
    topics = sorted(set(topics))
    picked = "+".join(names) or ALL
    instance = ":".join([picked, TOGETHER, *topics])
    shares = [share for one in consumers for share in _shares(app, one)]

    return Crew(
        name=".".join([app, picked, TOGETHER, *topics]),
        instance=instance,
        arguments=_arguments(modules, names, topics),
        shares=tuple(sorted(shares)),
        longest_timeout=max(one.timeout for one in consumers),
    )


def _of_one(app: str, modules: Sequence[str], one: Consumer[Any], topic: TopicPattern) -> Crew:
    whole = WorkQueue.of(app, one.name, topic)
    shares = _shares_of(whole, one)

    return Crew(
        name=whole.name,
        instance=f"{one.name}:{topic}",
        arguments=_arguments(modules, [one.name], [topic]),
        shares=tuple(shares),
        longest_timeout=one.timeout,
    )


def _shares_of(whole: WorkQueue, one: Consumer[Any]) -> list[Share]:
    """Return the queue of a topic, or its partitions."""
    count = one.partitions or 0
    queues = whole.split(count)
    return [Share(queue, one.concurrency) for queue in queues]


def _shares(app: str, one: Consumer[Any]) -> list[Share]:
    return [Share(queue, one.concurrency) for queue in one.queues(app)]


def _arguments(
    modules: Sequence[str], names: Iterable[str], topics: Iterable[str]
) -> tuple[str, ...]:
    arguments = ["run", *modules]
    for name in names:
        arguments += ["--consumer", name]
    for topic in topics:
        arguments += ["--topic", str(topic)]
    return tuple(arguments)
