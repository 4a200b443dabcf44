"""Where claims of the bench lie: this machine's PostgreSQL and Redis, with nothing left there."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import asyncpg
from redis import Redis
from redis.exceptions import RedisError

from tests.bench.processes import NotMeasuredError
from workers.stores.claim_table import ClaimTable

POSTGRES = os.environ.get("BENCH_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
REDIS = os.environ.get("BENCH_REDIS", "redis://127.0.0.1:6379/0")


@contextmanager
def claims() -> Iterator[dict[str, str]]:
    """Make a place for claims; yield what programs are told of it by their environment."""
    name = f"hookline_bench_{uuid4().hex[:12]}"
    table = ClaimTable(name)
    redis = Redis.from_url(REDIS)
    try:
        redis.ping()
        asyncio.run(_execute(table.schema))
        yield {"BENCH_POSTGRES": POSTGRES, "BENCH_REDIS": REDIS, "CLAIMS": name}
    except (OSError, RedisError, asyncpg.PostgresError) as error:
        raise NotMeasuredError(f"PostgreSQL and Redis are needed: {error}") from error
    finally:
        asyncio.run(_execute(f"DROP TABLE IF EXISTS {name}"))
        for key in redis.scan_iter(f"{name}*", count=1000):
            redis.unlink(key)


async def _execute(statement: str) -> None:
    connection = await asyncpg.connect(POSTGRES)
    await connection.execute(statement)
    await connection.close()
