"""Consumers with partitions: each handling is written down when it begins and when it ends."""

import asyncio
import json
import os
import time
from typing import Any

from tenacity import stop_after_attempt

from workers import Delivery, RetryPolicy, consumer


def note(delivery: Delivery[Any], what: str) -> None:
    """Write down what happens to a webhook, in one write, so that the lines' order is theirs."""
    webhook = delivery.webhook
    line = {
        "who": what,
        "shop": webhook.shop,
        "id": webhook.id,
        "attempt": delivery.attempt,
        "pid": os.getpid(),
        "at": time.monotonic(),
    }
    file = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, json.dumps(line).encode() + b"\n")
    os.close(file)


@consumer("orders/create", partitions=8, concurrency=1)
async def erp(delivery: Delivery[bytes]) -> None:
    """Take a moment for each."""
    note(delivery, "begins")
    await asyncio.sleep(float(os.environ.get("TAKES", "0.02")))
    note(delivery, "ends")


@consumer("carts/update", partitions=2, retry=RetryPolicy(stop=stop_after_attempt(1)))
async def frail(delivery: Delivery[bytes]) -> None:
    """Fail, until the fix is there."""
    note(delivery, "fails")
    if not os.path.exists(os.environ["RECORD"] + ".fixed"):
        raise RuntimeError("nobody home")
    note(delivery, "mends")
