"""The same consumer as it was before it had partitions."""

from workers import Delivery, consumer


@consumer("carts/update")
async def frail(delivery: Delivery[bytes]) -> None:
    """Take it."""
