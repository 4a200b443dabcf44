"""A letter: a webhook that lies in a queue which operators look through, without its body. Pure.

It is a dead letter, or one that lies unrouted. Looking for them is in `broker.letters`; how
they are described in `letter_rows`.
"""

from dataclasses import dataclass
from typing import Self

from schemas import headers as webhook_headers
from schemas.dead_letter import DeadLetter
from schemas.fingerprint import fingerprint
from schemas.names import WorkQueue, unrouted_queue
from schemas.properties import ReceivedProperties

UNROUTED = "unrouted"
"""What stands where a dead letter has its reason."""

NO_QUEUE = "no consumer has a queue for its topic"


@dataclass(frozen=True, slots=True)
class Source:
    """A queue that letters lie in, and the work queue whose dead letters they are, if any."""

    name: str
    work: WorkQueue | None = None

    @classmethod
    def dead(cls, queue: WorkQueue) -> Self:
        """The dead letters of a work queue."""
        return cls(queue.dead, queue)

    @classmethod
    def unrouted(cls, app: str) -> Self:
        """What lies unrouted."""
        return cls(unrouted_queue(app))


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter's headers say; times in milliseconds, 0 where it does not say."""

    source: Source
    id: str
    consumer: str
    topic: str
    shop: str
    reason: str
    group: str
    attempt: int
    replays: int
    at_ms: int
    """When it died; of an unrouted one when it was received."""
    first_died_ms: int
    replayed_ms: int
    replay: str
    error: str
    routing_key: str = ""

    @classmethod
    def of(cls, source: Source, properties: ReceivedProperties, routing_key: str = "") -> Self:
        """Read a letter from what travels beside its body."""
        if source.work is None:
            return cls._unrouted(source, properties, routing_key)

        dead = DeadLetter.read(properties.headers, source.work.consumer)
        return cls(
            source=source,
            id=webhook_headers.text(properties.headers, webhook_headers.ID),
            consumer=dead.consumer,
            topic=properties.type or source.work.topic,
            shop=webhook_headers.text(properties.headers, webhook_headers.SHOP),
            reason=dead.reason.value,
            group=dead.fingerprint,
            attempt=dead.attempt,
            replays=dead.replays,
            at_ms=dead.died_ms,
            first_died_ms=dead.first_died_ms,
            replayed_ms=dead.replayed_ms,
            replay=dead.replay,
            error=dead.error,
            routing_key=routing_key,
        )

    @classmethod
    def _unrouted(cls, source: Source, properties: ReceivedProperties, routing_key: str) -> Self:
        headers = properties.headers
        topic = properties.type or ""
        return cls(
            source=source,
            id=webhook_headers.text(headers, webhook_headers.ID),
            consumer=webhook_headers.text(headers, webhook_headers.CONSUMER),
            topic=topic,
            shop=webhook_headers.text(headers, webhook_headers.SHOP),
            reason=UNROUTED,
            group=fingerprint(f"{UNROUTED} {topic}", "", ""),
            attempt=webhook_headers.number(headers, webhook_headers.ATTEMPT, 1),
            replays=webhook_headers.number(headers, webhook_headers.REPLAYS),
            at_ms=webhook_headers.number(headers, webhook_headers.RECEIVED),
            first_died_ms=webhook_headers.number(headers, webhook_headers.FIRST_DIED),
            replayed_ms=webhook_headers.number(headers, webhook_headers.REPLAYED),
            replay=webhook_headers.text(headers, webhook_headers.REPLAY),
            error=NO_QUEUE,
            routing_key=routing_key,
        )
