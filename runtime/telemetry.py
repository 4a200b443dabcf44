"""What both commands tell of themselves, under one name.

Whose it is, Prometheus's own labels `job` and `instance` say. deploy/METRICS.md has the rules by
which metrics are named, and what each is for.
"""

import math
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from prometheus_client import Gauge

BUILD = Gauge(
    "hookline_build_info",
    "Always 1: which version runs, on which Python, in which role",
    ["version", "python", "role"],
)
READY = Gauge(
    "hookline_ready", "1 where /readyz last said ready, 0 where not; NaN until it is asked"
)
# A process whose readiness nobody asks for is not one that has lost it.
READY.set(math.nan)

CONNECTED = Gauge(
    "hookline_broker_connected",
    "1 while the link to the broker is open: the one to publish on, or to consume on",
    ["link"],
)
DRAINING = Gauge("hookline_draining", "1 once the process was told to stop")
TASKS = Gauge(
    "hookline_loop_tasks", "Tasks in the event loop; handlers that leak some make it grow"
)


class LastTime:
    """When something happened last, for a metric to show: whoever sees it happen sets `at`.

    That is all it costs him. Seconds since 1970.
    """

    __slots__ = ("at",)

    def __init__(self, gauge: Any) -> None:
        self.at = math.nan
        gauge.set_function(lambda: self.at)

    @property
    def at_ms(self) -> int:
        """In milliseconds; 0 where it never happened."""
        if math.isnan(self.at):
            return 0
        return int(self.at * 1000)


def tell_build(role: str) -> None:
    """Have the metrics show what runs here."""
    try:
        ours = version("hookline")
    except PackageNotFoundError:  # the source tree, without an installation
        ours = "unknown"
    BUILD.labels(ours, platform.python_version(), role).set(1)
