"""How Hypothesis draws where a test says how many examples it wants."""

from hypothesis import HealthCheck, settings

FULL = 100
"""Examples of a test that does not say how many, where all are drawn."""


def share_of(count: int) -> int:
    """Return how many of so many examples this run draws: all, or as small a share as of others."""
    return max(1, count * settings().max_examples // FULL)


def always_the_same(count: int) -> settings:
    """Return how so many examples are drawn that are the same in each run."""
    return settings(
        derandomize=True,
        database=None,
        max_examples=count,
        deadline=None,
        suppress_health_check=[*HealthCheck],
    )
