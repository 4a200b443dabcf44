"""Hookline's consumers that a shop floods: in one partition, and in sixteen.

As many handlers at once, in all, of 50 ms each: 640 a second at most, and the flood is more.
"""

import asyncio
import os
import time

from workers import Delivery, consumer

FLOODING = "flood.test"
TAKES = 0.05


async def _take(delivery: Delivery[bytes]) -> None:
    webhook = delivery.webhook
    if webhook.shop != FLOODING:
        waited = time.time() - webhook.received_at.timestamp()
        line = f"{webhook.shop} {waited:.6f}\n".encode()
        os.write(FILE, line)
    await asyncio.sleep(TAKES)


FILE = os.open(os.environ["WAITED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


@consumer("orders/create", concurrency=32, partitions=1)
async def flooded_1(delivery: Delivery[bytes]) -> None:
    """Take it."""
    await _take(delivery)


@consumer("orders/create", concurrency=2, partitions=16)
async def flooded_16(delivery: Delivery[bytes]) -> None:
    """Take it."""
    await _take(delivery)
