"""Outcomes: what an attempt decided. Whoever settles acts on one. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field

from schemas.dead_letter import Reason


@dataclass(frozen=True, slots=True)
class Done:
    """The handler returned."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The webhook had been done before: its consumer wants its effect once."""


@dataclass(frozen=True, slots=True)
class Again:
    """Another attempt, no sooner than `delay` seconds from now."""

    delay: float
    error: str
    failed: bool = field(default=False, compare=False, repr=False)
    """Whether an error or a timeout ended the attempt, and no wish of the handler's own."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """The same attempt, no sooner than `delay` seconds from now: not yet, for this reason.

    `crashes` is as of Aside, where no handler ran that would have disproved them; `times` how often
    in a row a limit has put it off.
    """

    delay: float
    reason: str
    crashes: int = 0
    times: int = 0


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


Outcome = Done | Duplicate | Again | Deferred | Aside | Dead
Count = Callable[[Outcome, float], bool]
"""Is told what an attempt came to, and when it began, by the monotonic clock.

Returns whether nothing is to die now of what every attempt dies of.
"""


def has_failed(outcome: Outcome) -> bool | None:
    """Tell whether an error or a timeout ended the attempt; None: it says nothing of a downstream.

    That is so of what a handler wished for itself, and of a body that it never saw.
    """
    match outcome:
        case Done():
            return False
        case Again(failed=True) | Dead(failed=True):
            return True
        case _:
            return None
