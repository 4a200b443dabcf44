"""A letter: a webhook that lies in a queue which operators look through, without its body. Pure.

It is a dead letter, one that lies unrouted, or one that waits for its next attempt. Looking for
them is in `broker.letters`; how they are described in `letter_rows`.
"""

from dataclasses import dataclass
from typing import Self

from schemas import headers as names
from schemas.dead_letter import DeadLetter
from schemas.fingerprint import fingerprint
from schemas.names import WorkQueue, retry_exchange, unrouted_queue
from schemas.properties import ReceivedProperties

UNROUTED = "unrouted"
"""What stands where a dead letter has its reason."""

WAITING = "waiting"
"""The same of what waits for its next attempt."""

NO_QUEUE = "no consumer has a queue for its topic"


@dataclass(frozen=True, slots=True)
class Source:
    """A queue that letters lie in, and the work queue whose dead letters they are, if any."""

    name: str
    work: WorkQueue | None = None
    seconds: int = 0
    """How long what lies here waits, where it is a rung of the ladder."""

    @classmethod
    def dead(cls, queue: WorkQueue) -> Self:
        """The dead letters of a work queue."""
        return cls(queue.dead, queue)

    @classmethod
    def unrouted(cls, app: str) -> Self:
        """What lies unrouted."""
        return cls(unrouted_queue(app))

    @classmethod
    def rung(cls, app: str, seconds: int) -> Self:
        """What waits for its next attempt on one rung of the ladder."""
        return cls(retry_exchange(app, seconds), seconds=seconds)


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
    work: WorkQueue | None = None
    """The work queue that it goes to when it is replayed, or when its wait is over."""
    due_ms: int = 0

    @classmethod
    def of(cls, source: Source, properties: ReceivedProperties, routing_key: str = "") -> Self:
        """Read a letter from what travels beside its body."""
        if source.seconds:
            return cls._waiting(source, properties, routing_key)
        if source.work is None:
            return cls._unrouted(source, properties, routing_key)

        dead = DeadLetter.read(properties.headers, source.work.consumer)
        return cls(
            source=source,
            id=names.text(properties.headers, names.ID),
            consumer=dead.consumer,
            topic=properties.type or source.work.topic,
            shop=names.text(properties.headers, names.SHOP),
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
            work=source.work,
        )

    @classmethod
    def _unrouted(cls, source: Source, properties: ReceivedProperties, routing_key: str) -> Self:
        headers = properties.headers
        topic = properties.type or ""
        return cls(
            source=source,
            id=names.text(headers, names.ID),
            consumer=names.text(headers, names.CONSUMER),
            topic=topic,
            shop=names.text(headers, names.SHOP),
            reason=UNROUTED,
            group=fingerprint(f"{UNROUTED} {topic}", "", ""),
            attempt=names.number(headers, names.ATTEMPT, 1),
            replays=names.number(headers, names.REPLAYS),
            at_ms=names.number(headers, names.RECEIVED),
            first_died_ms=names.number(headers, names.FIRST_DIED),
            replayed_ms=names.number(headers, names.REPLAYED),
            replay=names.text(headers, names.REPLAY),
            error=NO_QUEUE,
            routing_key=routing_key,
        )

    @classmethod
    def _waiting(cls, source: Source, properties: ReceivedProperties, routing_key: str) -> Self:
        headers = properties.headers
        work = WorkQueue.parse(routing_key)
        error = names.text(headers, names.ERROR)
        since_ms = names.number(headers, names.WAITING)
        due_ms = names.number(headers, names.DUE)
        if since_ms and not due_ms:
            due_ms = since_ms + source.seconds * 1000

        return cls(
            source=source,
            id=names.text(headers, names.ID),
            consumer=work.consumer if work else "",
            topic=properties.type or "",
            shop=names.text(headers, names.SHOP),
            reason=WAITING,
            group=fingerprint(WAITING, error, ""),
            attempt=names.number(headers, names.ATTEMPT, 1),
            replays=names.number(headers, names.REPLAYS),
            at_ms=since_ms,
            first_died_ms=names.number(headers, names.FIRST_DIED),
            replayed_ms=names.number(headers, names.REPLAYED),
            replay=names.text(headers, names.REPLAY),
            error=error,
            routing_key=routing_key,
            work=work,
            due_ms=due_ms,
        )
