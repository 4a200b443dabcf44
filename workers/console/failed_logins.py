"""How often somebody may try a password: after some failures it takes a while. Pure."""

from collections import deque
from collections.abc import Iterable

WITHIN = 300.0
"""Seconds for which a failure counts."""
MOST_OF_ADDRESS = 10
MOST_OF_NAME = 30
"""Failures within that time, from one address and for one name. The latter is larger, so that
whoever wants to lock somebody out needs several addresses.
"""
MOST_NAME = 200
"""Characters of a name that are remembered."""
MOST_KEPT = 10_000
"""Addresses and names that are remembered."""


class FailedLogins:
    """Remembers the failures of the last minutes."""

    def __init__(self) -> None:
        self._failed: dict[tuple[str, str], deque[float]] = {}

    def wait(self, address: str, name: str, now: float) -> float:
        """Return for how many seconds there is no further try; 0 where there is one now."""
        longest = 0.0
        for key, most in _keys(address, name):
            wait = self._wait(key, most, now)
            longest = max(longest, wait)
        return longest

    def note(self, address: str, name: str, now: float) -> None:
        """Note a failure."""
        for key, most in _keys(address, name):
            times = self._failed.pop(key, None)
            if times is None:
                times = deque(maxlen=most)
            times.append(now)
            self._failed[key] = times  # the latest stand last

        while len(self._failed) > MOST_KEPT:
            oldest = next(iter(self._failed))
            del self._failed[oldest]

    def forget(self, address: str, name: str) -> None:
        """Forget those of an address, where somebody knew the password, and the try for the name
        that was right.
        """
        self._failed.pop(("address", address), None)
        tries = self._failed.get(("name", name[:MOST_NAME]))
        if tries:
            tries.pop()

    def _wait(self, key: tuple[str, str], most: int, now: float) -> float:
        times = self._failed.get(key)
        if times is None or len(times) < most:
            return 0.0
        again_at = times[0] + WITHIN
        return max(0.0, again_at - now)


def _keys(address: str, name: str) -> Iterable[tuple[tuple[str, str], int]]:
    return (
        (("address", address), MOST_OF_ADDRESS),
        (("name", name[:MOST_NAME]), MOST_OF_NAME),
    )
