"""A consumer with a partition, which may become more while something waits for its next attempt."""

from workers import Delivery, Retry, consumer


@consumer("carts/update", partitions=1)
async def patient(delivery: Delivery[bytes]) -> None:
    """Have each come again after a while."""
    if delivery.attempt == 1:
        raise Retry("later", after=20)
