"""How long a webhook is worth an attempt: its consumer's `max_age`. Pure."""

import math

from schemas.dead_letter import Reason
from workers.outcome import Dead


def expires_at(max_age: float | None, received_ms: int, renewed_ms: int = 0) -> float:
    """Return when it is worth none any more, in seconds since the epoch; infinity for never.

    Its age counts from when the ingress received it, or from when an operator last put it back: who
    replays a dead letter wants it run, however old it is.
    """
    if max_age is None:
        return math.inf
    return max(received_ms, renewed_ms) / 1000 + max_age


def too_old(max_age: float | None, number: int) -> Dead:
    """Return what becomes of a webhook that has expired before this attempt."""
    return Dead(
        Reason.EXPIRED, f"Expired: older than max_age={max_age:g} s before attempt {number} began"
    )
