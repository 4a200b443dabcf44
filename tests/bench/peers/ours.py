"""Hookline's consumers under measurement: one for each form that a body may be asked for in."""

from typing import Any

from tally import seen

from schemas.payloads import Order
from workers import Delivery, consumer


@consumer("orders/create", concurrency=200)
async def raw(delivery: Delivery[bytes]) -> None:
    """Take the body as it came."""
    seen(delivery.webhook.id)


@consumer("orders/create", concurrency=25, partitions=8)
async def partitioned(delivery: Delivery[bytes]) -> None:
    """Take the body as it came, from one of eight partitions: as many at once as above, in all."""
    seen(delivery.webhook.id)


@consumer("orders/create", concurrency=25, partitions=8, ordered=True)
async def in_order(delivery: Delivery[bytes]) -> None:
    """Take the body as it came, each shop's one after the other: as many at once as above."""
    seen(delivery.webhook.id)


@consumer("orders/create", concurrency=200)
async def decoded(delivery: Delivery[dict[str, Any]]) -> None:
    """Take the decoded JSON."""
    seen(delivery.payload["id"])


@consumer("orders/create", concurrency=200)
async def order(delivery: Delivery[Order]) -> None:
    """Take a validated order."""
    seen(delivery.payload.id)


@consumer("orders/create", rate="600/m")
async def limited(delivery: Delivery[bytes]) -> None:
    """Take the body as it came, at a rate that all workers share."""
    seen(delivery.webhook.id)
