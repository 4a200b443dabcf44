"""Consumers that do what the webhook's body says, for the test kit and for a real worker alike."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from tenacity import stop_after_attempt, wait_fixed

from workers import Breaker, Delivery, Later, Once, Reject, Retry, RetryPolicy, consumer
from workers.testing import MemoryStore

THREE = RetryPolicy(wait=wait_fixed(1), stop=stop_after_attempt(3))

_RUNS: Counter[str] = Counter()


class Told(BaseModel):
    """What a handler is to do in its first run, its second, and so on; the last is the rest."""

    does: list[str]


async def act(delivery: Delivery[Told]) -> None:
    """Do what is told for this run."""
    told = delivery.payload.does
    run = _RUNS[delivery.webhook.id]
    _RUNS[delivery.webhook.id] += 1
    match told[min(run, len(told) - 1)]:
        case "fail":
            raise RuntimeError("nobody home")
        case "retry":
            raise Retry("busy", after=2)
        case "later":
            raise Later("no stock", after=timedelta(seconds=1))
        case "reject":
            raise Reject("unknown SKU")
        case "work":
            await asyncio.sleep(0.2)


@consumer("orders/create", retry=THREE, breaker=None)
async def plain(delivery: Delivery[Told]) -> None:
    """Act."""
    await act(delivery)


@consumer("orders/updated", retry=THREE, max_age=4, breaker=None)
async def impatient(delivery: Delivery[Told]) -> None:
    """Act, for four seconds."""
    await act(delivery)


@consumer("orders/paid", once=Once(MemoryStore(), window="1h", key="digest"))
async def claimed(delivery: Delivery[Told]) -> None:
    """Act once for each body."""
    await act(delivery)


@consumer("orders/cancelled", per_shop=1)
async def crowded(delivery: Delivery[Told]) -> None:
    """Act on one webhook of a shop at once."""
    await act(delivery)


@consumer(
    "orders/fulfilled",
    concurrency=1,
    retry=RetryPolicy(wait=wait_fixed(3), stop=stop_after_attempt(2)),
    breaker=Breaker(attempts=2, within=60, open_for=1),
)
async def broken(delivery: Delivery[Told]) -> None:
    """Act behind a breaker."""
    await act(delivery)


@consumer("orders/edited", partitions=2, ordered=True, retry=THREE, breaker=None)
async def in_order(delivery: Delivery[Told]) -> None:
    """Act on one webhook of a shop after the other."""
    await act(delivery)


@consumer("orders/delete", partitions=2, ordered=True, on_dead="halt", retry=THREE, breaker=None)
async def halting(delivery: Delivery[Told]) -> None:
    """Act on one webhook of a shop after the other, and on none behind a dead one."""
    await act(delivery)


ALL: list[Any] = [in_order, plain, impatient, claimed, crowded, broken]
