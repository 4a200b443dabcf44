"""What workers count."""

from prometheus_client import Counter, Gauge, Histogram

CONNECTED = Gauge(
    "hookline_worker_broker_connected", "1 while the link to the broker is open", ["role"]
)
DELIVERIES = Counter(
    "hookline_deliveries_total", "Settled deliveries", ["consumer", "topic", "outcome"]
)
DEAD = Counter(
    "hookline_dead_letters_total",
    "Dead letters made by this worker",
    ["consumer", "topic", "reason"],
)
OUTLIVED = Counter(
    "hookline_deliveries_outlived_total",
    "Deliveries whose channel was gone before they could be settled; "
    "the broker delivers them again",
    ["consumer", "topic"],
)
RUNNING = Gauge("hookline_handlers_running", "Attempts under way", ["consumer", "topic"])
SECONDS = Histogram("hookline_attempt_seconds", "From delivery to outcome", ["consumer", "topic"])
AGE = Histogram(
    "hookline_webhook_age_seconds",
    "From the ingress's receipt to the start of the first attempt",
    ["consumer", "topic"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 43200),
)
UNROUTED = Gauge("hookline_unrouted", "Webhooks stored for which no consumer has a queue", ["app"])
UNCONSUMED = Gauge(
    "hookline_queues_unconsumed", "Declared work queues that no worker consumes", ["app"]
)
PAUSED = Gauge(
    "hookline_paused", "1 while a queue is paused by an operator's order", ["consumer", "topic"]
)
BREAKER = Gauge(
    "hookline_breaker_state",
    "Where a queue's breaker stands: 0 closed, 1 probing, 2 open",
    ["consumer", "topic"],
)
BINDINGS_MISSING = Gauge(
    "hookline_bindings_missing",
    "Queues whose webhooks lie unrouted for want of a binding (HOOKLINE_DECLARE=verify)",
    ["app"],
)
DRAINING = Gauge("hookline_worker_draining", "1 once the worker was told to stop")
BLOCKED = Counter(
    "hookline_loop_blocked_total",
    "Times that the event loop stood for more than a second, by whose handler",
    ["consumer"],
)
TASKS = Gauge(
    "hookline_worker_tasks", "Tasks in the event loop; handlers that leak some make it grow"
)
