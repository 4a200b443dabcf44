"""Buckets: the last word of a webhook's routing key, which partitions of a topic are cut from."""

from zlib import crc32

BUCKETS = 64
DIVISORS = (1, 2, 4, 8, 16, 32, 64)
"""Into so many partitions the buckets can be divided evenly."""


def bucket(shop: str) -> int:
    """Return the bucket of a shop, 0 to 63: the same for ever and in every process."""
    return crc32(shop.encode()) % BUCKETS
