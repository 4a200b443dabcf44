"""The consumer of the test that scales workers: what it begins and what it ends, it writes down."""

import asyncio
import os
from typing import Any

from workers import Delivery, consumer


def write_down(what: str, delivery: Delivery[Any]) -> None:
    """Add a line, in one piece, that outlives this process."""
    line = f"{what} {delivery.webhook.id} {os.getpid()}\n"
    book = os.open(os.environ["BOOK"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(book, line.encode())
    finally:
        os.close(book)


@consumer("orders/create", concurrency=4, timeout=12)
async def steady(delivery: Delivery[dict[str, Any]]) -> None:
    """Work for as long as the body says."""
    write_down("begun", delivery)
    await asyncio.sleep(delivery.payload["seconds"])
    write_down("ended", delivery)
