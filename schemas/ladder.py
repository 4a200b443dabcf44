"""The retry ladder: on which rung, a queue with a fixed delay, a retry waits."""

from bisect import bisect_left

LADDER = (
    1,
    2,
    5,
    10,
    20,
    30,
    60,
    120,
    300,
    600,
    1200,
    1800,
    3600,
    7200,
    14400,
    28800,
    43200,
    86400,
)
"""The rungs, in seconds: a retry waits in the queue of its rung, not in a worker."""


def rung_for(delay: float) -> int:
    """Return the rung, in seconds, on which a retry waits no shorter than `delay`.

    For anything longer than the last rung it is the last one.
    """
    if delay > LADDER[-1]:
        return LADDER[-1]
    at = bisect_left(LADDER, delay)
    return LADDER[at]
