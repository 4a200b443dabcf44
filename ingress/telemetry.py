"""What the ingress counts."""

from functools import lru_cache
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

ACCEPTED = Counter(
    "hookline_webhooks_accepted_total", "Webhooks answered 200", ["app", "topic", "secret"]
)
REFUSED = Counter("hookline_webhooks_refused_total", "Requests not taken in", ["app", "code"])
NOT_PUBLISHED = Counter(
    "hookline_publishes_unconfirmed_total", "Publishes that the broker did not confirm", ["reason"]
)
CONFIRM_SECONDS = Histogram("hookline_confirm_seconds", "From publish to confirm")
IN_FLIGHT = Gauge(
    "hookline_in_flight", "Signed webhooks being stored, at most HOOKLINE_MAX_IN_FLIGHT"
)
READING = Gauge("hookline_reading", "Requests that have not all come, and so have proven nothing")
READING_BYTES = Gauge("hookline_reading_bytes", "Bytes held of requests that have not all come")
EVICTED = Counter(
    "hookline_readers_evicted_total", "Slowest requests or connections that made way for others"
)

MAX_TOPICS = 300
"""Topics that get a label of their own: an app without a list of topics takes any, and labels must
stay few.
"""
OTHER = "other"
"""The label of all further topics."""
_TOPICS: set[str] = set()


@lru_cache(maxsize=2048)
def accepted(app: str, topic: str, secret: str) -> Any:
    """Return the counter to increase."""
    if len(_TOPICS) < MAX_TOPICS:
        _TOPICS.add(topic)

    label = topic
    if topic not in _TOPICS:
        label = OTHER
    return ACCEPTED.labels(app, label, secret)


@lru_cache(maxsize=1024)
def refusals(app: str, code: str) -> Any:
    """Return the counter to increase."""
    return REFUSED.labels(app, code)
