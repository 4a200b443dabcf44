"""The breaker of a consumer, as its author writes it: when it opens, and for how long. Pure."""

import math
from dataclasses import asdict, dataclass

DAY = 86_400
MOST_ATTEMPTS = 100_000
"""Attempts that are counted, at most: each is remembered for its time."""
MOST_DOUBLINGS = 60
"""Of a pause: no number overflows."""

_BOUNDS: dict[str, tuple[float, str]] = {
    "attempts": (MOST_ATTEMPTS, "a whole number from 1 on, such as 20"),
    "seconds": (DAY, "a number of seconds up to a day"),
    "share": (1, "above 0 and at most 1, such as 0.9"),
    "pause": (DAY, "a number of seconds up to a day"),
    "longest": (DAY, "a number of seconds up to a day"),
}
"""The largest value of each option, and what it must be."""
_TOLD = (
    "opens when {percent:g} % of {attempts} attempts or more fail within {seconds:g} s, "
    "for {pause:g} s to {longest:g} s"
)


class BadBreaker(ValueError):
    """A breaker cannot be as it is written; the message says how it should be."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """When a consumer's queues are left alone, each by itself, and for how long.

    It opens once `attempts` or more have ended within so many `seconds`, of which `share` failed;
    of many attempts, the last are looked at. It stays open for `pause` seconds, doubled each time
    that a probe fails, up to `longest`. Raises BadBreaker.
    """

    attempts: int = 20
    seconds: float = 60.0
    share: float = 0.9
    pause: float = 30.0
    longest: float = 900.0

    def __post_init__(self) -> None:
        for name, (largest, meant) in _BOUNDS.items():
            value = getattr(self, name)
            is_good = _is_number(value, largest)
            if name == "attempts" and not isinstance(value, int):
                is_good = False
            if not is_good:
                raise BadBreaker(f"{name} is {meant}, and not {value!r:.80}")

        if self.longest < self.pause:
            raise BadBreaker(f"longest ({self.longest} s) is shorter than pause ({self.pause} s)")

    def __str__(self) -> str:
        options = asdict(self)
        percent = self.share * 100
        return _TOLD.format(percent=percent, **options)

    def open_ms(self, times: int) -> int:
        """Return how long it stays open the n-th time in a row."""
        doublings = max(0, times - 1)
        doublings = min(doublings, MOST_DOUBLINGS)
        seconds = self.pause * 2.0**doublings
        seconds = min(seconds, self.longest)
        return math.ceil(seconds * 1000)


def told_breaker(breaker: Breaker | None) -> str:
    """Return what there is to say of a consumer's breaker."""
    if breaker is None:
        return "no breaker"
    return f"breaker {breaker}"


def _is_number(value: object, largest: float) -> bool:
    """Tell whether it is a number above 0, and no larger than that."""
    if isinstance(value, bool):
        return False
    if not isinstance(value, int | float):
        return False
    return 0 < value <= largest


STANDARD = Breaker()
"""What a consumer has that says nothing of it."""
