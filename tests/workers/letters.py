"""Letters for tests, as the headers of a message say them."""

from typing import Any

from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from schemas.topic import TopicPattern
from workers.letter import Letter, Source

ONE_TOPIC = WorkQueue.of("app", "erp", TopicPattern.parse("orders/create"))
PATTERN = WorkQueue.of("app", "mail", TopicPattern.parse("orders/*"))
UNROUTED = Source.unrouted("app")
HOUR = 3_600
RUNG = Source.waiting("app", HOUR)


def properties(topic: str = "orders/create", **headers: Any) -> ReceivedProperties:
    """Return what a letter's message says, with these headers beside its id."""
    written = {name.replace("_", "-"): value for name, value in headers.items()}
    return ReceivedProperties(
        content_type="application/json",
        type=topic,
        headers={"webhook-id": "w1"} | written,
    )


def letter(queue: WorkQueue = ONE_TOPIC, topic: str = "orders/create", **headers: Any) -> Letter:
    """Return a dead letter of a queue."""
    return Letter.of(Source.dead(queue), properties(topic, **headers))


def unrouted(topic: str = "orders/create", **headers: Any) -> Letter:
    """Return a letter that lies unrouted."""
    return Letter.of(UNROUTED, properties(topic, **headers))


def waiting(key: str = PATTERN.name, topic: str = "orders/paid", **headers: Any) -> Letter:
    """Return what waits for an hour, for the queue that its routing key names."""
    return Letter.of(RUNG, properties(topic, **headers), key)
