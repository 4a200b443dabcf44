"""Hookline's consumers with claims, under measurement."""

import os

from tally import seen

from workers import Delivery, Once, consumer
from workers.stores.postgres import PostgresStore
from workers.stores.redis import RedisStore

PLACE = os.environ["CLAIMS"]

POSTGRES = PostgresStore(os.environ["BENCH_POSTGRES"], table=PLACE)
REDIS = RedisStore(os.environ["BENCH_REDIS"], prefix=PLACE)


@consumer("orders/create", concurrency=200, once=Once(POSTGRES, away="wait"))
async def in_postgres(delivery: Delivery[bytes]) -> None:
    """Take the body as it came."""
    seen(delivery.webhook.id)


@consumer("orders/create", concurrency=200, once=Once(REDIS, away="wait"))
async def in_redis(delivery: Delivery[bytes]) -> None:
    """Take the body as it came."""
    seen(delivery.webhook.id)
