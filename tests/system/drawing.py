"""How Hypothesis draws what the system tests post and publish."""

from hypothesis import HealthCheck, settings


def always_the_same(count: int) -> settings:
    """Return how so many examples are drawn that are the same in each run."""
    return settings(
        derandomize=True,
        database=None,
        max_examples=count,
        deadline=None,
        suppress_health_check=[*HealthCheck],
    )
