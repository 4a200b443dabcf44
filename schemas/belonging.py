"""Which work queues a message belongs to, and which of them share topics. Pure."""

from collections.abc import Iterable

from schemas.bucket import bucket
from schemas.names import WorkQueue
from schemas.partition_names import HELD
from schemas.topic import Topic


def contested(queues: Iterable[WorkQueue]) -> list[WorkQueue]:
    """Return those of the queues that take some topic together with another consumer's."""
    known = sorted(queues)
    wholes = {queue.whole for queue in known}
    found = []
    for one in known:
        others = wholes - {one.whole}
        patterns = [other.pattern for other in others]
        if any(map(one.pattern.meets, patterns)):
            found.append(one)
    return found


def queues_for(routing_key: str, shop: str, queues: Iterable[WorkQueue]) -> list[WorkQueue]:
    """Return those of the queues that a shop's message with this routing key belongs to.

    A retry has the name of its one queue as key, a webhook topic and bucket (`orders.create.17`).
    The first edition's webhooks have the topic alone. What is called after a partition that is
    none any more belongs to the one that has its shop now; what was to be held of one, to that.
    """
    known = sorted(queues)
    routing_key = routing_key.removesuffix(HELD)
    called_so = [queue for queue in known if queue.name == routing_key]
    if called_so:
        return called_so

    asked = WorkQueue.parse(routing_key)
    if asked is not None:
        own = [queue for queue in known if queue.whole == asked.whole]
        number = bucket(shop)
        return [queue for queue in own if _has(queue, number)]

    words = routing_key.split(".")
    if len(words) not in (2, 3):
        return []

    resource_and_event = words[:2]
    topic = Topic(".".join(resource_and_event))
    number = _bucket(words[2:], shop)
    takers = [queue for queue in known if queue.takes(topic)]
    return [queue for queue in takers if _has(queue, number)]


def _bucket(written: list[str], shop: str) -> int:
    """Return the bucket that is written down, or else the shop's."""
    for word in written:
        if word.isdecimal():
            return int(word)
    return bucket(shop)


def _has(queue: WorkQueue, number: int) -> bool:
    if not queue.is_partition:
        return True
    return number in queue.buckets
