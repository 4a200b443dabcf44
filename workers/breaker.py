"""The breaker of a consumer, as its author writes it: when it opens, and for how long. Pure."""

from dataclasses import asdict, dataclass

DAY = 86_400
MOST_ATTEMPTS = 10_000
"""Of `attempts`: several times as many are remembered for each queue."""
MOST_DOUBLINGS = 60
"""So that no number overflows."""

_LIMITS: dict[str, tuple[float, str]] = {
    "attempts": (MOST_ATTEMPTS, f"a whole number from 1 to {MOST_ATTEMPTS}, such as 20"),
    "within": (DAY, "a number of seconds up to a day"),
    "share": (1, "above 0 and at most 1, such as 0.9"),
    "open_for": (DAY, "a number of seconds up to a day"),
    "longest": (DAY, "a number of seconds up to a day"),
}
"""The largest value of each option, and what it has to be."""
_TOLD = (
    "breaker opens when {percent:g} % of {attempts} attempts or more fail within {within:g} s, "
    "for {open_for:g} to {longest:g} s"
)


class BadBreaker(ValueError):
    """A breaker cannot be as it is written; the message says how it should be."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """When a consumer's queues are left alone, each by itself, and for how long.

    It opens once `attempts` or more have ended within so many seconds, and this `share` of them in
    an error or a timeout. It is open for `open_for` seconds, for twice as long each time that a
    probe fails, for `longest` at most. Raises BadBreaker.
    """

    attempts: int = 20
    within: float = 60.0
    share: float = 0.9
    open_for: float = 30.0
    longest: float = 900.0

    def __post_init__(self) -> None:
        for name, (largest, meant) in _LIMITS.items():
            value = getattr(self, name)
            is_good = _is_number(value, largest)
            if name == "attempts" and not isinstance(value, int):
                is_good = False
            if not is_good:
                raise BadBreaker(f"{name} is {meant}, and not {value!r:.80}")

        if self.longest < self.open_for:
            raise BadBreaker(
                f"longest ({self.longest} s) is shorter than open_for ({self.open_for} s)"
            )

    def __str__(self) -> str:
        options = asdict(self)
        percent = self.share * 100
        return _TOLD.format(percent=percent, **options)

    def seconds_open(self, times: int) -> float:
        """Return how long it is open when that happens the n-th time in a row."""
        doublings = max(0, times - 1)
        doublings = min(doublings, MOST_DOUBLINGS)
        seconds = self.open_for * 2.0**doublings
        return min(seconds, self.longest)


def told_breaker(breaker: Breaker | None) -> str:
    """Return what there is to say of a consumer's breaker."""
    if breaker is None:
        return "no breaker"
    return str(breaker)


def _is_number(value: object, largest: float) -> bool:
    """Tell whether it is a number above 0, and no larger than that."""
    if isinstance(value, bool):
        return False
    if not isinstance(value, int | float):
        return False
    return 0 < value <= largest


STANDARD = Breaker()
"""What a consumer has that says nothing of it."""
