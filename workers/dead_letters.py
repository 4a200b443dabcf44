"""Dead letters: list, show, put back. Which ones is decided here; the broker package looks and moves."""

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aio_pika.abc import AbstractConnection

from schemas import headers as names
from schemas.dead_letter import DeadLetter
from schemas.topology import WorkQueue
from workers.broker import browse
from workers.broker.browse import Held


@dataclass(frozen=True, slots=True)
class Filter:
    """Which dead letters are meant; what is None is not asked. `topic` is the queue's, as written or as routing key."""

    consumer: str | None = None
    topic: str | None = None
    id: str | None = None

    def takes_queue(self, queue: WorkQueue) -> bool:
        """Tell whether letters of the queue can be meant."""
        topic = self.topic and self.topic.replace("/", ".")
        return self.consumer in (None, queue.consumer) and topic in (None, queue.topic)

    def takes(self, letter: Held) -> bool:
        """Tell whether the letter is meant."""
        return self.id in (None, names.text(letter.headers, names.ID))


def row(queue: WorkQueue, letter: Held) -> dict[str, Any]:
    """Describe a dead letter in one line's worth of plain data."""
    dead = DeadLetter.read(letter.headers, queue.consumer)
    return {
        "id": names.text(letter.headers, names.ID),
        "consumer": queue.consumer,
        "topic": letter.properties.message_type or queue.topic,
        "shop": names.text(letter.headers, names.SHOP),
        "reason": dead.reason.value,
        "attempt": dead.attempt,
        "replays": dead.replays,
        "died": datetime.fromtimestamp(dead.died_ms / 1000, UTC).isoformat(timespec="seconds") if dead.died_ms else "",
        "error": dead.error,
    }


def page(queue: WorkQueue, letter: Held) -> dict[str, Any]:
    """Describe a dead letter wholly: its row, its traceback, every header, its body."""
    return row(queue, letter) | {
        "queue": queue.dead,
        "content_type": letter.properties.content_type,
        "traceback": names.text(letter.headers, names.TRACEBACK),
        "headers": {name: value for name, value in letter.headers.items() if name != names.TRACEBACK},
        "body": letter.body.decode(errors="replace"),
    }


async def find(
    connection: AbstractConnection, queues: Iterable[WorkQueue], wanted: Filter, limit: int | None = None
) -> AsyncGenerator[tuple[WorkQueue, Held], None]:
    """Yield the dead letters that are meant, oldest first in each queue, `limit` at most; each is held meanwhile."""
    left = limit
    for queue in sorted(queues):
        async with browse.held(connection, queue.dead) as letters:
            async for letter in letters:
                if left == 0:
                    return
                if wanted.takes(letter):
                    left = None if left is None else left - 1
                    yield queue, letter
