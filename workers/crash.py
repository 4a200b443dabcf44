"""What becomes of a webhook whose worker died under it: it runs again, then by itself, then not any more. Pure.

A crash takes down everything that the process held, so the broker's delivery count condemns innocents with the one that
did it. Here the first crash costs nothing: whatever comes back runs at once. What comes back twice is a suspect: it
goes round by a rung of the ladder, with its crashes counted in a header, and runs while no other suspect does. So the
next crash tells on it alone.
"""

import random
from collections.abc import Mapping
from typing import Any

from schemas import headers as names

SUSPECT = 2
"""Crashes from which on a webhook runs with no other suspect beside it."""
LIMIT = 5
"""Crashes after which a webhook is dead."""
ROUND = 5.0
"""Seconds that a suspect waits at most before its next turn; twice as long after each further crash."""


def crashes(headers: Mapping[str, Any]) -> int:
    """Count the crashes: those noted before its last publish, and the broker's failed deliveries since."""
    return names.number(headers, names.CRASHES) + returns(headers)


def returns(headers: Mapping[str, Any]) -> int:
    """Count how often the broker has taken this message back from a worker that was gone."""
    return names.number(headers, "x-delivery-count")


def pause(count: int) -> float:
    """Return the seconds until a suspect's next turn, spread so that those of one crash do not return together."""
    return random.uniform(0, ROUND * 2 ** (count - SUSPECT))  # noqa: S311 - spreads, protects nothing
