"""Names of the exchanges that stand before a consumer's partitions of a topic."""

from schemas.names import WorkQueue

BUCKETS = ".buckets"
MOVED = ".moved"
"""How the names of the exchanges end that stand before partitions."""


def buckets_exchange(queue: WorkQueue) -> str:
    """What divides a consumer's webhooks of a topic among its partitions."""
    whole = queue.whole.name
    return f"{whole}{BUCKETS}"


def moved_exchange(queue: WorkQueue) -> str:
    """Where webhooks of a bucket go that the buckets exchange does not know: it is being moved."""
    whole = queue.whole.name
    return f"{whole}{MOVED}"
