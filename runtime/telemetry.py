"""What both commands tell of themselves, under one name.

Whose it is, Prometheus's own labels `job` and `instance` say. deploy/METRICS.md has the rules by
which metrics are named, and what each is for.
"""

import math

from prometheus_client import Gauge

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
