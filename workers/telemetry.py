"""What workers count.

deploy/METRICS.md has the rules by which metrics are named, and what each is for.
"""

from functools import lru_cache
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from schemas.names import WorkQueue

_QUEUE = ("app", "consumer", "topic", "partition")
Labels = tuple[str, str, str, str]


def labels_of(queue: WorkQueue) -> Labels:
    """Return what a queue is labelled with: app, consumer, the topic as its consumer has it, and
    the partition (`p3`), which is empty where there are none.
    """
    partition = f"p{queue.partition}" if queue.is_partition else ""
    return queue.app, queue.consumer, queue.pattern.slashed, partition


DELIVERIES = Counter("hookline_deliveries_total", "Settled deliveries", [*_QUEUE, "outcome"])
LAST_SETTLED = Gauge(
    "hookline_last_settled_timestamp_seconds",
    "When this worker last settled a delivery, whatever its outcome",
    _QUEUE,
)
DEAD = Counter(
    "hookline_dead_letters_made_total", "Webhooks that this worker gave up on", [*_QUEUE, "reason"]
)
OUTLIVED = Counter(
    "hookline_deliveries_outlived_total",
    "Deliveries whose channel was gone before they could be settled; "
    "the broker delivers them again",
    _QUEUE,
)
RUNNING = Gauge("hookline_handlers_running", "Attempts under way", _QUEUE)
SECONDS = Histogram("hookline_attempt_seconds", "From delivery to outcome", _QUEUE)
AGE = Histogram(
    "hookline_webhook_age_seconds",
    "From the ingress's receipt to the start of the first attempt",
    _QUEUE,
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 43200),
)
LAG = Gauge(
    "hookline_lag_seconds",
    "How long the oldest webhook has waited that is ready, or held behind another, at most; "
    "told by who counts",
    _QUEUE,
)
QUEUE_READY = Gauge(
    "hookline_queue_ready",
    "Webhooks that wait for a worker, and held ones that none has, by the broker's count; "
    "told by who counts",
    _QUEUE,
)
HELD = Gauge(
    "hookline_held",
    "Webhooks of an ordered partition that wait for an attempt, theirs or another's of their shop; "
    "told by who has the partition",
    _QUEUE,
)
HALTED = Gauge(
    "hookline_halted",
    "Sequences of an ordered partition that wait for what becomes of a dead letter; told by who "
    "has the partition",
    _QUEUE,
)
DEAD_LETTERS = Gauge(
    "hookline_dead_letters",
    "Dead letters that lie on the broker, by its count; told by who counts",
    _QUEUE,
)
WAITING = Gauge(
    "hookline_waiting",
    "Retries that wait on a rung of the ladder, by the broker's count; told by who counts",
    ["app", "rung"],
)
UNROUTED = Gauge("hookline_unrouted", "Webhooks stored for which no consumer has a queue", ["app"])
UNCONSUMED = Gauge(
    "hookline_queues_unconsumed", "Declared work queues that no worker consumes", ["app"]
)
PAUSED = Gauge("hookline_paused", "1 while an operator's order pauses the queue", _QUEUE)
BREAKER = Gauge(
    "hookline_breaker_state",
    "Where the queue's breaker stands: 0 closed, 1 probing, 2 open",
    _QUEUE,
)
BINDINGS_MISSING = Gauge(
    "hookline_bindings_missing",
    "Queues whose webhooks lie unrouted for want of a binding (HOOKLINE_DECLARE=verify)",
    ["app"],
)
CLAIMS = Counter(
    "hookline_once_claims_total",
    "Claims of consumers with once=, by what came of them",
    ["app", "consumer", "result"],
)
LEFT_BEHIND = Gauge(
    "hookline_handlers_left_behind",
    "Handlers over their timeout that still run; "
    "at the consumer's concurrency, nothing more of it starts",
    ["consumer"],
)
BLOCKED = Counter(
    "hookline_loop_blocked_total",
    "Times that the event loop stood for more than a second, by whose handler",
    ["consumer"],
)
LAST_STATUS = Gauge(
    "hookline_last_status_timestamp_seconds",
    "When the console last read how the app is doing",
    ["app"],
)
LOGINS_REFUSED = Counter(
    "hookline_logins_refused_total",
    "Logins to the console that were refused, because something was wrong or was tried too often",
    ["app", "reason"],
)


def count_claim(app: str, consumer: str, result: str) -> None:
    """Count a claim of a consumer's by what came of it."""
    _claims_counter(app, consumer, result).inc()


@lru_cache(maxsize=4096)
def _claims_counter(app: str, consumer: str, result: str) -> Any:
    return CLAIMS.labels(app, consumer, result)
