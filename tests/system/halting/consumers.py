"""An ordered consumer whose dead webhooks halt their shop: one in 13 dies until that is mended."""

import asyncio
import json
import os
from pathlib import Path

from workers import Delivery, Reject, consumer

BAD = 13


def note(delivery: Delivery[bytes], what: str) -> None:
    """Write down what happens to a webhook, in one write, so that the lines' order is theirs."""
    webhook = delivery.webhook
    line = {"who": what, "shop": webhook.shop, "id": webhook.id, "pid": os.getpid()}
    file = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, json.dumps(line).encode() + b"\n")
    os.close(file)


@consumer("orders/create", partitions=2, ordered=True, on_dead="halt", concurrency=8)
async def erp(delivery: Delivery[bytes]) -> None:
    """Take a moment for each."""
    number = int(delivery.webhook.id.removeprefix("w"))
    note(delivery, "begins")
    await asyncio.sleep(0.01)
    if number % BAD == 0 and not Path(f"{os.environ['RECORD']}.mended").exists():
        raise Reject("unknown SKU")
    note(delivery, "takes effect")
