"""Names of what there is besides a consumer's partitions of a topic: the exchanges before them, and
the queue of what one holds back.
"""

from schemas.names import WorkQueue

BUCKETS = ".buckets"
MOVED = ".moved"
"""How the names of the exchanges end that stand before partitions."""
HELD = ".held"


def buckets_exchange(queue: WorkQueue) -> str:
    """What divides a consumer's webhooks of a topic among its partitions."""
    whole = queue.whole.name
    return f"{whole}{BUCKETS}"


def moved_exchange(queue: WorkQueue) -> str:
    """Where webhooks of a bucket go that the buckets exchange does not know: it is being moved."""
    whole = queue.whole.name
    return f"{whole}{MOVED}"


def held_queue(queue: WorkQueue) -> str:
    """Where an ordered partition's webhooks wait for their next attempt."""
    return f"{queue.name}{HELD}"
