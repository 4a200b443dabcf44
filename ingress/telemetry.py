"""What the ingress counts."""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from runtime.telemetry import LastTime
from schemas.pulse import SecretBeat

ACCEPTED = Counter(
    "hookline_webhooks_accepted_total", "Webhooks answered 200", ["app", "topic", "secret"]
)
LAST_ACCEPTED = Gauge(
    "hookline_last_accepted_timestamp_seconds",
    "When the last webhook of the topic came that was answered 200",
    ["app", "topic"],
)
SECRET_LAST_USED = Gauge(
    "hookline_secret_last_used_timestamp_seconds",
    "When the last webhook came that the secret had signed",
    ["app", "secret"],
)
REFUSED = Counter("hookline_webhooks_refused_total", "Requests not taken in", ["app", "code"])
NOT_PUBLISHED = Counter(
    "hookline_publishes_unconfirmed_total", "Publishes that the broker did not confirm", ["reason"]
)
CONFIRM_SECONDS = Histogram("hookline_confirm_seconds", "From publish to confirm")
COPIES_MISSED = Counter(
    "hookline_copies_missed_total",
    "Webhooks that are stored, but of which journal and taps have no copy for sure",
    ["app"],
)
IN_FLIGHT = Gauge(
    "hookline_in_flight", "Signed webhooks being stored, at most HOOKLINE_MAX_IN_FLIGHT"
)
READING = Gauge("hookline_reading", "Requests that have not all come, and so have proven nothing")
READING_BYTES = Gauge("hookline_reading_bytes", "Bytes held of requests that have not all come")
EVICTED = Counter(
    "hookline_readers_evicted_total", "Slowest requests or connections that made way for others"
)
SUBSCRIPTIONS_MISSING = Gauge(
    "hookline_subscription_missing",
    "Shops that do not send the topic to the app's address, after the last look",
    ["app", "topic"],
)
SUBSCRIPTIONS_RESTORED = Counter(
    "hookline_subscriptions_restored_total",
    "Subscriptions that were gone at a look, and were put back",
    ["app", "topic"],
)
SHOPS_NOT_ASKED = Gauge(
    "hookline_shops_not_asked", "Shops whose API could not be asked at the last look", ["app"]
)
LAST_LOOK = Gauge(
    "hookline_last_look_timestamp_seconds",
    "When all shops were last looked at for their subscriptions",
    ["app"],
)

MAX_TOPICS = 300
"""Topics that get a label of their own: an app without a list of topics takes any, and labels must
stay few.
"""
OTHER = "other"
"""The label of all further topics."""
_TOPICS: set[str] = set()


_SECRETS: dict[str, dict[str, int]] = {}
"""By app, since when each of its secrets is here, in milliseconds since 1970."""


def note_secrets(app: str, names: Iterable[str], now_ms: int) -> None:
    """Note which secrets an app has from now on."""
    before = _SECRETS.get(app, {})
    _SECRETS[app] = {name: before.get(name, now_ms) for name in names}


def secret_beats(app: str, counts: Mapping[str, int]) -> dict[str, SecretBeat]:
    """Return what is to be said of an app's secrets; `counts`: of webhooks, by secret."""
    beats: dict[str, SecretBeat] = {}
    known = _SECRETS.get(app, {})
    for name, since_ms in known.items():
        count = counts.get(name, 0)
        last = _secret_last_used(app, name)
        beats[name] = SecretBeat(count, last.at_ms, since_ms)
    return beats


class Accepted:
    """What is told of the webhooks of an app and topic that one secret has signed."""

    __slots__ = ("_count", "_secret", "_topic")

    def __init__(self, app: str, topic: str, secret: str) -> None:
        self._count = ACCEPTED.labels(app, topic, secret)
        self._topic = _last_accepted(app, topic)
        self._secret = _secret_last_used(app, secret)

    def note(self, received_ms: int) -> None:
        """Count one that came so many milliseconds after 1970."""
        self._count.inc()
        received = received_ms / 1000
        self._topic.at = received
        self._secret.at = received


@lru_cache(maxsize=2048)
def accepted(app: str, topic: str, secret: str) -> Accepted:
    """Return what to note a webhook in that was answered 200."""
    label = topic.replace(".", "/")
    if len(_TOPICS) < MAX_TOPICS:
        _TOPICS.add(label)
    if label not in _TOPICS:
        label = OTHER
    return Accepted(app, label, secret)


@cache
def _last_accepted(app: str, topic: str) -> LastTime:
    return LastTime(LAST_ACCEPTED.labels(app, topic))


@cache
def _secret_last_used(app: str, secret: str) -> LastTime:
    return LastTime(SECRET_LAST_USED.labels(app, secret))


@lru_cache(maxsize=1024)
def refusals(app: str, code: str) -> Any:
    """Return the counter to increase."""
    return REFUSED.labels(app, code)
