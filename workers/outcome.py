"""Outcomes: what an attempt decided. Whoever settles acts on one. Pure."""

from dataclasses import dataclass, field

from schemas.dead_letter import Reason


@dataclass(frozen=True, slots=True)
class Done:
    """The handler returned."""


@dataclass(frozen=True, slots=True)
class Again:
    """Another attempt, no sooner than `delay` seconds from now."""

    delay: float
    error: str
    # Whether an error or a timeout ended the attempt, and no wish of the handler's own.
    failed: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Aside:
    """The same attempt, no sooner than `delay` seconds from now.

    `crashes` is how often its worker died under it so far.
    """

    delay: float
    crashes: int


@dataclass(frozen=True, slots=True)
class Dead:
    """Given up."""

    reason: Reason
    error: str
    traceback: str = ""
    failed: bool = field(default=False, compare=False, repr=False)  # as of Again


Outcome = Done | Again | Aside | Dead
