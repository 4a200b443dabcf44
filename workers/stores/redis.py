"""Claims as keys in Redis, or in what speaks as it does: Valkey."""

from typing import Any
from urllib.parse import urlsplit

from workers.claims import Claim, Granted, Held, Kept

try:
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
except ImportError as error:
    raise ImportError("RedisStore needs redis: pip install 'hookline[redis]'") from error

PREFIX = "hookline:once:"
KEPT = "kept"
"""The value of a claim that is kept; others have their owner as value, which is none of these."""
SHORTEST = 1.0
"""Seconds that a claim is said to be held at least: it may have ended since we asked."""

_CLAIM = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
    return -1
end
local value = redis.call('GET', KEYS[1])
if value == ARGV[1] then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return -1
end
if value == ARGV[3] then
    return -2
end
return math.max(0, redis.call('PTTL', KEYS[1]))
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    redis.call('DEL', KEYS[1])
end
"""
GRANTED_ANSWER = -1
KEPT_ANSWER = -2
"""What else the script answers than for how many ms a claim is held."""


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
        if parts.scheme not in ("redis", "rediss", "unix"):
            raise ValueError("RedisStore(url): a URL such as redis://host:6379/0")
        place = parts.hostname or "localhost"
        self._name = f"Redis {place}{parts.path}"
        self._prefix = prefix
        # A connection that the server has closed since is found out only when it is used.
        again = Retry(NoBackoff(), retries=1)
        pool = BlockingConnectionPool.from_url(url, retry=again, max_connections=connections)
        self._redis: Redis = Redis.from_pool(pool)
        self._claim = self._redis.register_script(_CLAIM)
        self._release = self._redis.register_script(_RELEASE)

    def __str__(self) -> str:
        return self._name

    async def claim(self, key: str, owner: str, seconds: float) -> Claim:
        """Grant a claim that nobody has."""
        name = self._prefix + key
        answer: Any = await self._claim([name], [owner, _ms(seconds), KEPT])
        if answer == GRANTED_ANSWER:
            return Granted()
        if answer == KEPT_ANSWER:
            return Kept()

        left = answer / 1000
        return Held(max(SHORTEST, left))

    async def keep(self, key: str, seconds: float) -> None:
        """Note that it is done."""
        name = self._prefix + key
        await self._redis.set(name, KEPT, px=_ms(seconds))

    async def release(self, key: str, owner: str) -> None:
        """Give the claim up, where it is still the owner's."""
        name = self._prefix + key
        await self._release([name], [owner])

    async def close(self) -> None:
        """End the connections."""
        await self._redis.aclose()


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
