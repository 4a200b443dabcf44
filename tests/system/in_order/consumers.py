"""An ordered consumer: each handling is written down when it begins, and what it comes to."""

import asyncio
import json
import os
from typing import Any

from workers import Delivery, Reject, Retry, consumer


def note(delivery: Delivery[Any], what: str) -> None:
    """Write down what happens to a webhook, in one write, so that the lines' order is theirs."""
    webhook = delivery.webhook
    line = {
        "who": what,
        "shop": webhook.shop,
        "id": webhook.id,
        "attempt": delivery.attempt,
        "pid": os.getpid(),
    }
    file = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, json.dumps(line).encode() + b"\n")
    os.close(file)


def fails(number: int) -> int:
    """Return how many attempts at a webhook fail: at one in seven two, and at others one."""
    if number % 7 == 3:
        return 2
    return int(number % 11 == 5)


@consumer("orders/create", partitions=4, ordered=True, concurrency=8, breaker=None)
async def erp(delivery: Delivery[bytes]) -> None:
    """Take a moment for each; some fail at first, and some for good."""
    number = int(delivery.webhook.id.removeprefix("w"))
    note(delivery, "begins")
    await asyncio.sleep(0.01)
    if delivery.attempt <= fails(number):
        note(delivery, "fails")
        raise Retry("busy", after=0.3)
    if number % 29 == 0:
        note(delivery, "rejects")
        raise Reject("unknown SKU")
    note(delivery, "takes effect")


@consumer("carts/update", partitions=1, ordered=True, breaker=None)
async def patient(delivery: Delivery[bytes]) -> None:
    """Put each off for a moment, and then for an hour."""
    raise Retry("not today", after=0.2 if delivery.attempt == 1 else 3_600)


@consumer("carts/update", partitions=1, ordered=True, breaker=None)
async def heir(delivery: Delivery[bytes]) -> None:
    """Take over what was another's."""
    note(delivery, "takes over")
