"""Consumers with partitions: each handling is written down when it begins and when it ends."""

import asyncio
import json
import os
import time
from typing import Any

from workers import Delivery, consumer


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
