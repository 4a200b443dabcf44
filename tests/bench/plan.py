"""What a simulated flash sale is made of: who sends how much, and what everybody bears."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NEVER = 1e9
"""Seconds: later than anything."""
Measured = tuple[tuple[float, float], ...]
"""How many wait, and what share of its rate the broker then has; in order."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A node of the broker goes at a moment, and its queues find another leader `stall` seconds
    later. Until the node is back, the others have `left` of the rate.
    """

    at: float = NEVER
    stall: float = 0.0
    back: float = NEVER
    left: float = 1.0

    def is_away(self, moment: float) -> bool:
        """Whether the queue has no leader: nothing is stored, nothing handed out."""
        return self.at <= moment < self.at + self.stall

    def over(self, moment: float) -> float:
        """Return the moment, or the end of the stall where it lies in it."""
        return self.at + self.stall if self.is_away(moment) else moment

    def left_at(self, moment: float) -> float:
        """Return the share of the rate that there is at a moment."""
        return self.left if self.at <= moment < self.back else 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a course depends on; with the same plan it is the same. Seconds; rates a second."""

    mean: float
    """Webhooks before the rush and after it; 0: none, and it ends when all is handled."""
    peak: float
    calm: float
    """How long the mean lasts before the rush, and after it has been worked off."""
    rush: float
    ingresses: int
    ingress_cost: float
    places: int
    """Webhooks that each ingress stores at once."""
    confirm: float
    confirm_timeout: float
    store_rate: float
    workers: int
    concurrency: int
    worker_cost: float
    handler: float
    """What a handler takes, on the average."""
    turn: float = 0.0
    """From a handler's end until it has its next webhook: to the broker and back."""
    spread: float = 0.0
    """Of the logarithm of that time: 0 is always the same, 1 is wide."""
    slow: float = 1.0
    """Times longer that handlers take during the rush."""
    resend: float = 0.0
    """After how long a sender sends again what was answered 503; 0: never."""
    loss: Loss = field(default_factory=Loss)
    long: Measured = ((0.0, 1.0),)
    even: bool = False
    """Whether webhooks come at equal distances, and not by chance."""
    every: float = 1.0
    """How often it is told how things stand."""
    seed: int = 1
    longest: float = 6 * 3_600
    """After how long it is given up."""

    @property
    def rush_ends(self) -> float:
        """When."""
        return self.calm + self.rush

    @property
    def handlers(self) -> int:
        """Of all workers."""
        return self.workers * self.concurrency

    def rate(self, moment: float) -> float:
        """Return how many webhooks a second come at a moment."""
        return self.peak if self.calm <= moment < self.rush_ends else self.mean

    def slowness(self, moment: float) -> float:
        """Return how many times longer a handler takes that begins at a moment."""
        return self.slow if self.calm <= moment < self.rush_ends else 1.0

    def slowed(self, waiting: float) -> float:
        """Return the share of its rate that the broker has while so many wait: between two that
        were measured on the line between them, beyond the last as the last.
        """
        after = bisect_left(self.long, (waiting,))
        if after == len(self.long):
            return self.long[-1][1]
        if after == 0:
            return self.long[0][1]

        (before_at, before), (after_at, then) = self.long[after - 1 : after + 1]
        return before + (then - before) * (waiting - before_at) / (after_at - before_at)


def measured_lengths(kept: Mapping[str, Any]) -> Measured:
    """Return the share of its rate that the bench's broker has with so many waiting."""
    points = sorted(
        (one["waiting"], one["rate"]) for one in kept["sweeps"]["waiting"]["found"]["ingress"]
    )
    alone = points[0][1]
    return tuple((waiting, min(1.0, rate / alone)) for waiting, rate in points)
