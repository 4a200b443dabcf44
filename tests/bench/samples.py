"""What a measurement gives, and how two sides are compared: in turn, so that the machine's other
work meets both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one side. `cost` is processor time a message, in microseconds."""

    cost: float
    rate: float  # messages a second
    count: int
    lost: int = 0
    duplicated: int = 0
    saturated: bool = (
        False  # the load program's own core was full: the rate is its limit, not the server's
    )


@dataclass(slots=True)
class Measured:
    """What a row came to: a value for each round, and the lines that explain it."""

    values: list[float]
    unit: str = ""
    sides: str = ""
    lost: int | None = None
    duplicated: int | None = None
    notes: list[str] = field(default_factory=list)
    series: dict[str, list[float]] = field(default_factory=dict)  # all that was measured, by name


class Side(Protocol):
    """What can be measured again and again."""

    name: str

    def sample(self, count: int) -> Sample:
        """Put so many messages through it."""


def compare(
    over: Side,
    under: Side,
    *,
    pairs: int,
    count: int,
    of: Callable[[Sample], float] = lambda sample: sample.cost,
) -> Measured:
    """Measure both in turn; the row's value is `over` divided by `under`, pair by pair."""
    rounds = [(over.sample(count), under.sample(count)) for _ in range(pairs)]
    measured = Measured([of(a) / of(b) for a, b in rounds])
    for side, samples in ((over, [a for a, _ in rounds]), (under, [b for _, b in rounds])):
        measured.series |= {
            f"{side.name}, µs": [one.cost for one in samples],
            f"{side.name}, /s": [one.rate for one in samples],
        }
    measured.sides = " / ".join(
        _told(side, [pair[at] for pair in rounds]) for at, side in enumerate((over, under))
    )
    every = [one for pair in rounds for one in pair]
    measured.lost, measured.duplicated = (
        sum(one.lost for one in every),
        sum(one.duplicated for one in every),
    )
    if any(one.saturated for one in every):
        measured.notes.append(
            "the load program's core was full: CPU a message holds, the rate does not"
        )
    return measured


def _told(side: Side, samples: Sequence[Sample]) -> str:
    cost, rate = median(one.cost for one in samples), median(one.rate for one in samples)
    return f"{side.name} {cost:.0f} µs {rate:.0f}/s"
