"""A letter: a webhook that lies in a queue which operators look through, without its body. Pure.

It is a dead letter, one that lies unrouted, one that waits on a rung, or a copy in the journal.
Looking for them is in `broker.letters`; how they are described in `letter_rows`.
"""

from dataclasses import dataclass
from typing import Self

from schemas import headers as webhook_headers
from schemas.dead_letter import DeadLetter
from schemas.fingerprint import fingerprint
from schemas.held_lines import HeldLine
from schemas.names import WorkQueue, retry_exchange, unrouted_queue
from schemas.partition_names import held_queue
from schemas.properties import ReceivedProperties
from workers.due import due_ms

UNROUTED = "unrouted"
"""What stands where a dead letter has its reason."""
WAITING = "waiting"
"""The same of what waits."""
HALTED = "it is dead; its shop waits until it is replayed or dropped"
"""What stands where what waits has the error of its last attempt."""
JOURNAL = "journal"
"""The same of a copy in the journal."""

NO_QUEUE = "no consumer has a queue for its topic"


@dataclass(frozen=True, slots=True)
class Source:
    """A queue that letters lie in, and the work queue whose dead letters they are, if any.

    `rung` is how many seconds they wait there, where it is a rung of the ladder.
    """

    name: str
    work: WorkQueue | None = None
    rung: int = 0

    @classmethod
    def dead(cls, queue: WorkQueue) -> Self:
        """The dead letters of a work queue."""
        return cls(queue.dead, queue)

    @classmethod
    def unrouted(cls, app: str) -> Self:
        """What lies unrouted."""
        return cls(unrouted_queue(app))

    @classmethod
    def waiting(cls, app: str, rung: int) -> Self:
        """What waits on a rung of the ladder."""
        return cls(retry_exchange(app, rung), rung=rung)


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
    """When it died; of an unrouted one when it was received, of one that waits since when."""
    first_died_ms: int
    replayed_ms: int
    replay: str
    error: str
    routing_key: str = ""
    work: WorkQueue | None = None
    """The work queue that it was taken from, and is put back on."""
    due_ms: int = 0
    """When its wait is over."""
    place: int = 0
    """Where it stands in the journal."""
    size: int = 0
    """Bytes of its body, of one in the journal."""
    behind: int = 0
    """How many more of its shop are held until it is done or dead, or what is dead is seen to."""
    is_halted: bool = False
    """Whether it is dead, and its shop waits until it is replayed or dropped."""

    @property
    def order(self) -> tuple[int, int]:
        """Where it stands among its shop's, where an order is kept: by when each died first."""
        return self.first_died_ms or self.at_ms, self.at_ms

    @classmethod
    def of(cls, source: Source, properties: ReceivedProperties, routing_key: str = "") -> Self:
        """Read a letter from what travels beside its body."""
        if source.rung:
            return cls._waiting(source, properties, routing_key)
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
            work=source.work,
        )

    @classmethod
    def held(cls, queue: WorkQueue, line: HeldLine) -> Self:
        """Describe what comes first in a line that is held of a partition."""
        return cls(
            source=Source(held_queue(queue)),
            id=line.id,
            consumer=queue.consumer,
            topic=line.topic,
            shop=line.shop,
            reason=WAITING,
            group=fingerprint(WAITING, line.error, ""),
            attempt=line.attempt,
            replays=0,
            at_ms=line.since_ms,
            first_died_ms=0,
            replayed_ms=0,
            replay="",
            error=HALTED if line.halted else line.error,
            work=queue,
            due_ms=line.due_ms,
            behind=line.behind,
            is_halted=bool(line.halted),
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

    @classmethod
    def _waiting(cls, source: Source, properties: ReceivedProperties, routing_key: str) -> Self:
        headers = properties.headers
        work = WorkQueue.parse(routing_key)
        error = webhook_headers.text(headers, webhook_headers.ERROR)
        since_ms = webhook_headers.number(headers, webhook_headers.WAITING)
        return cls(
            source=source,
            id=webhook_headers.text(headers, webhook_headers.ID),
            consumer=work.consumer if work else "",
            topic=properties.type or "",
            shop=webhook_headers.text(headers, webhook_headers.SHOP),
            reason=WAITING,
            group=fingerprint(WAITING, error, ""),
            attempt=webhook_headers.number(headers, webhook_headers.ATTEMPT, 1),
            replays=webhook_headers.number(headers, webhook_headers.REPLAYS),
            at_ms=since_ms,
            first_died_ms=webhook_headers.number(headers, webhook_headers.FIRST_DIED),
            replayed_ms=webhook_headers.number(headers, webhook_headers.REPLAYED),
            replay=webhook_headers.text(headers, webhook_headers.REPLAY),
            error=error,
            routing_key=routing_key,
            work=work,
            due_ms=due_ms(headers, since_ms, source.rung),
        )
