"""So many of each key in a time: a token bucket each, in bounded memory. Pure.

A bucket is one number, the moment at which it would be full again:

    now        due                 now + unit
     |----------|---------------------|      count tokens lie in a unit, `every` seconds apart;
        taken           left                 one can be taken while it lies before the right end
"""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from schemas.rate import UNITS, Rate

MOST = 10_000
"""Keys that are remembered: those that came last. One that is forgotten has a full bucket again."""
NETWORK = 64
"""Bits of an IPv6 address that count: whoever has one has all of its network."""


class Buckets:
    """The buckets of all keys; times in seconds, of a clock that is never set."""

    __slots__ = ("_due", "_every", "_latest", "_most", "rate")

    def __init__(self, rate: Rate, most: int = MOST) -> None:
        self.rate = rate
        self._every = rate.every
        self._latest = UNITS[rate.unit] - rate.every
        self._most = most
        self._due: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._due)

    def take(self, key: str, now: float) -> float:
        """Take one; return 0.0, or the seconds until there is one where none is left."""
        due = max(self._due.pop(key, now), now)
        wait = due - now - self._latest
        if wait > 0:
            self._due[key] = due
            return wait

        self._due[key] = due + self._every
        if len(self._due) > self._most:
            longest_ago = next(iter(self._due))
            del self._due[longest_ago]
        return 0.0

    def give_back(self, key: str) -> None:
        """Put back what was taken last."""
        due = self._due.get(key)
        if due is not None:
            self._due[key] = due - self._every


def buckets_of(rate: Rate | None, before: Buckets | None) -> Buckets | None:
    """Return the buckets of a rate: those from before where that is the same; None without one."""
    if rate is None:
        return None
    if before is not None and before.rate == rate:
        return before
    return Buckets(rate)


@lru_cache(MOST)
def source_of(address: str) -> str:
    """Return what of an address is limited: an IPv6 address by its network, others as they are."""
    if ":" not in address:
        return address

    bare, _, _ = address.partition("%")
    parsed = ip_address(bare)
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)

    network = int(parsed) >> (128 - NETWORK) << (128 - NETWORK)
    return str(IPv6Address(network))
