"""The PostgreSQL and the Redis of this machine: a test takes away again what it makes there."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from tests.system.waiting import until

POSTGRES = os.environ.get("TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
REDIS = os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379/0")
EXAMPLES = Path(__file__).parents[2] / "examples"


@asynccontextmanager
async def database() -> AsyncIterator[str]:
    """Make a database, and yield its URL; it is gone at the end."""
    name = f"hookline_{uuid4().hex[:12]}"
    server = await _answering_postgres()
    try:
        await server.execute(f"CREATE DATABASE {name}")
        yield f"{POSTGRES.rpartition('/')[0]}/{name}"
    finally:
        await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await server.close()


@asynccontextmanager
async def books_of(tables: str) -> AsyncIterator[asyncpg.Connection]:
    """Have an example that is started within write to books of these tables; yield a link to them.

    They are empty, and gone at the end.
    """
    with pytest.MonkeyPatch.context() as patch:
        async with database() as url:
            patch.setenv("BOOKS", url)
            patch.setenv("PYTHONPATH", str(EXAMPLES))
            connection = await asyncpg.connect(url)
            await connection.execute(tables)
            yield connection
            await connection.close()


@asynccontextmanager
async def keys() -> AsyncIterator[str]:
    """Yield a prefix for keys; those are gone at the end."""
    prefix = f"hookline-test-{uuid4().hex[:12]}:"
    server = await _answering_redis()
    try:
        yield prefix
    finally:
        async for key in server.scan_iter(f"{prefix}*"):
            await server.delete(key)
        await server.aclose()


@asynccontextmanager
async def private_redis(port: int, folder: Path) -> AsyncIterator[None]:
    """Run a Redis of the test's own, which keeps nothing; it is killed at the end."""
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server on this machine")
    keeps_nothing = ("--save", "", "--appendonly", "no", "--dir", str(folder))
    process = await asyncio.create_subprocess_exec(
        "redis-server", "--port", str(port), *keeps_nothing, stdout=asyncio.subprocess.DEVNULL
    )
    server = Redis.from_url(f"redis://127.0.0.1:{port}")

    async def answers() -> bool:
        with suppress(OSError, RedisError):
            await server.ping()
            return True
        return False

    try:
        await until(answers, what="Redis answers")
        yield
    finally:
        process.kill()
        await process.wait()
        await server.aclose()


async def _answering_postgres() -> asyncpg.Connection:
    try:
        return await asyncpg.connect(POSTGRES, timeout=10)
    except OSError as error:
        _is_missing("PostgreSQL", "pg_ctl", "TEST_POSTGRES", error)
        raise


async def _answering_redis() -> Redis:
    server = Redis.from_url(REDIS, socket_connect_timeout=10)
    try:
        await server.ping()
    except (OSError, RedisError) as error:
        _is_missing("Redis", "redis-server", "TEST_REDIS", error)
        raise
    return server


def _is_missing(name: str, program: str, setting: str, error: Exception) -> None:
    """Skip where there is no such server; fail where it is installed and does not answer."""
    if shutil.which(program) is None:
        pytest.skip(f"no {name} on this machine; {setting} may name one: {error}")
    pytest.fail(f"{name} is installed on this machine, but does not answer: start it: {error}")
