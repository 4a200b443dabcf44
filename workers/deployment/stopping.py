"""How long a worker may take to end: so long that no handler is cut off, whenever it is told to."""

import math
from dataclasses import dataclass

from runtime.lifetime import FORCE

MAX_DRAIN = 86_400.0
"""Seconds: what HOOKLINE_DRAIN_TIMEOUT may be at most."""
SLACK = math.ceil(FORCE) + 5
"""Seconds after the longest drain: a process that is still there by then ends itself by force, and
is ahead of whoever would kill it.
"""


@dataclass(frozen=True, slots=True)
class Stopping:
    """What a worker is given."""

    drain: float
    """HOOKLINE_DRAIN_TIMEOUT, in seconds. A drain ends when the last handler does."""
    grace: int
    """Seconds from SIGTERM to SIGKILL."""
    because: str
    """How both come about, for people."""

    @property
    def drain_setting(self) -> str:
        """The drain as the setting is written."""
        return f"{self.drain:.15g}"


def stopping(longest_timeout: float, drain_timeout: float) -> Stopping:
    """Return what is needed by handlers with this timeout.

    A handler that has just begun takes its whole timeout. The drain timeout that is set is what a
    worker has besides: to retry, to dead-letter, and to acknowledge.
    """
    drain = min(longest_timeout + drain_timeout, MAX_DRAIN)
    capped = "" if drain < MAX_DRAIN else ", a day at most,"
    because = (
        f"{longest_timeout:.15g} s longest timeout + {drain_timeout:.15g} s drain{capped} "
        f"+ {SLACK} s slack"
    )
    return Stopping(drain, math.ceil(drain) + SLACK, because)
