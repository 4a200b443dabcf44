"""Claims as keys in Redis, or in what speaks as it does: Valkey."""

import asyncio
from urllib.parse import urlsplit

from workers.claims import Claim, Granted, Held, Kept

try:
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
except ImportError as error:
    raise ImportError("RedisStore needs redis: pip install 'hookline[redis]'") from error

SCHEMES = ("redis", "rediss", "unix")
PREFIX = "hookline:once:"
KEPT = b"kept"
"""The value of a claim that is kept; others have their owner as value."""
SHORTEST = 1.0
"""Seconds that a claim is said to be held at least: it may have ended since we asked."""

_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    redis.call('DEL', KEYS[1])
end
"""


class RedisStore:
    """Keeps claims in Redis, each a key that ends by itself.

    `url` is `redis://`, `rediss://` (TLS) or `unix://`, as redis-py takes it; nothing is connected
    before the first claim, and at most `connections` are open in each process. A claim costs a
    round trip, to keep or to release it another. What Redis forgets is claimed anew: after a
    restart without persistence, where `maxmemory` evicts, or where a replica takes over that did
    not know yet. Raises ValueError for a URL of something else.
    """

    def __init__(self, url: str, *, prefix: str = PREFIX, connections: int = 10) -> None:
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES:
            raise ValueError("RedisStore(url): a URL such as redis://host:6379/0")

        place = parts.hostname or "localhost"
        self._name = f"Redis {place}{parts.path}"
        self._prefix = prefix

        # A connection that the server has closed since is found out only when it is used.
        again = Retry(NoBackoff(), retries=1)
        self._redis: Redis = Redis.from_url(
            url,
            retry=again,
            max_connections=connections,
        )
        # redis-py's own pool that waits for a connection takes a quarter longer.
        self._turns = asyncio.Semaphore(connections)
        self._release = self._redis.register_script(_RELEASE)

    def __str__(self) -> str:
        return self._name

    async def claim(self, key: str, owner: str, seconds: float) -> Claim:
        """Grant a claim that nobody has."""
        name = self._prefix + key
        ms = _ms(seconds)
        async with self._turns:
            is_first = await self._redis.set(name, owner, nx=True, px=ms)
            if is_first:
                return Granted()
            return await self._looked_at(name, owner, ms)

    async def _looked_at(self, name: str, owner: str, ms: int) -> Claim:
        """Return whose the claim is that is there."""
        value = await self._redis.get(name)
        if value == KEPT:
            return Kept()
        if value == owner.encode():
            await self._redis.pexpire(name, ms)
            return Granted()

        left_ms: int = await self._redis.pttl(name)
        left = left_ms / 1000
        return Held(max(SHORTEST, left))

    async def keep(self, key: str, seconds: float) -> None:
        """Note that it is done."""
        name = self._prefix + key
        ms = _ms(seconds)
        async with self._turns:
            await self._redis.set(name, KEPT, px=ms)

    async def release(self, key: str, owner: str) -> None:
        """Give the claim up, where it is still the owner's."""
        name = self._prefix + key
        async with self._turns:
            await self._release([name], [owner])

    async def close(self) -> None:
        """End the connections."""
        await self._redis.aclose()


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
