"""The consumers of the system tests. What they handled they write down, a JSON object a line, in
the file RECORD.
"""

import asyncio
import json
import os
import time
from typing import Any

from tenacity import stop_after_attempt, stop_after_delay, wait_fixed

from schemas.payloads import Order
from workers import Delivery, Later, Reject, Retry, RetryPolicy, consumer


def record(delivery: Delivery[Any], who: str, **more: Any) -> None:
    """Write a handling down, so that it outlives this process."""
    webhook = delivery.webhook
    line = {
        "who": who,
        "id": webhook.id,
        "app": webhook.app,
        "topic": webhook.topic,
        "attempt": delivery.attempt,
        "replayed": delivery.replayed,
        "digest": webhook.digest,
        "body": webhook.body.hex(),
        "content_type": webhook.content_type,
        "at": time.time(),
        "pid": os.getpid(),
    } | more
    with open(os.environ["RECORD"], "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


@consumer("orders/create", "carts/update")
async def taker(delivery: Delivery[bytes]) -> None:
    """Take whatever comes."""
    record(delivery, "taker")


@consumer("orders/create")
def threaded(delivery: Delivery[dict[str, Any]]) -> None:
    """Take an order in a thread, decoded."""
    record(delivery, "threaded", payload=str(delivery.payload))


@consumer("orders/create")
async def third_time_lucky(delivery: Delivery[bytes]) -> None:
    """Fail twice, with a wish for when to try again."""
    record(delivery, "third_time_lucky")
    if delivery.attempt < 3:
        raise Retry("not yet", after=1.2)


@consumer("orders/create", retry=RetryPolicy(wait=wait_fixed(1), stop=stop_after_attempt(2)))
async def exhausted(delivery: Delivery[bytes]) -> None:
    """Fail each time."""
    record(delivery, "exhausted")
    raise RuntimeError("nobody home")


@consumer("orders/create", retry=RetryPolicy(wait=wait_fixed(1), stop=stop_after_delay(1)))
async def expired(delivery: Delivery[bytes]) -> None:
    """Fail each time, with a limit in time."""
    record(delivery, "expired")
    raise RuntimeError("nobody home")


@consumer("orders/create", max_age=3)
async def patient(delivery: Delivery[bytes]) -> None:
    """Say "not yet" until it is too old."""
    record(delivery, "patient")
    raise Later("no stock", after=1)


@consumer("orders/create")
async def picky(delivery: Delivery[Order]) -> None:
    """Reject, unless told by an environment variable to be content."""
    record(delivery, "picky")
    if not os.path.exists(os.environ["RECORD"] + ".content"):
        raise Reject("unknown SKU")


@consumer(
    "orders/create", timeout=0.5, retry=RetryPolicy(wait=wait_fixed(1), stop=stop_after_attempt(1))
)
async def sleeper(delivery: Delivery[bytes]) -> None:
    """Never come back."""
    record(delivery, "sleeper")
    await asyncio.Event().wait()


@consumer("orders/create", concurrency=4)
async def killed_once(delivery: Delivery[bytes]) -> None:
    """Wait to be killed, the first time."""
    record(delivery, "killed_once")
    if not os.path.exists(os.environ["RECORD"] + ".killed"):
        await asyncio.Event().wait()
    record(delivery, "survivor")


@consumer("orders/create")
async def slow(delivery: Delivery[bytes]) -> None:
    """Work for as long as a file is not there."""
    record(delivery, "slow begins")
    while not os.path.exists(os.environ["RECORD"] + ".go"):
        await asyncio.sleep(0.02)
    record(delivery, "slow ends")


@consumer("orders/create", retry=RetryPolicy(wait=wait_fixed(1), stop=stop_after_attempt(2)))
async def careless(delivery: Delivery[bytes]) -> None:
    """Fail each time, with the body in a local variable."""
    body = delivery.payload.decode()
    raise RuntimeError(f"{len(body)} characters are too many")


@consumer("orders/create", per_shop=1)
async def one_a_shop(delivery: Delivery[bytes]) -> None:
    """Work for as long as a file is not there, on one webhook of a shop at once."""
    record(delivery, "one_a_shop begins", shop=delivery.webhook.shop)
    while not os.path.exists(os.environ["RECORD"] + ".go"):
        await asyncio.sleep(0.02)
    record(delivery, "one_a_shop ends")


@consumer("orders/create")
async def hourly(delivery: Delivery[bytes]) -> None:
    """Fail once, with a wish to be tried again in an hour."""
    record(delivery, "hourly")
    if delivery.attempt < 2:
        raise Retry("not yet", after=3_600)


@consumer("orders/*")
async def every_order(delivery: Delivery[dict[str, Any]]) -> None:
    """Take every event of orders; reject one that asks for it."""
    record(delivery, "every_order")
    if delivery.payload.get("reject"):
        raise Reject("as asked")


@consumer("*/*")
async def everything(delivery: Delivery[bytes]) -> None:
    """Take everything there is."""
    record(delivery, "everything")
