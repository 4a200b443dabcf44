"""Dead letters: which ones are meant, and how each is described.

Looking for them, and putting them back, is in `broker.letters`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas import headers as names
from schemas.dead_letter import DeadLetter
from schemas.names import ANY, WorkQueue
from schemas.topic import Topic
from workers.broker.browse import HeldMessage
from workers.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Filter:
    """Which dead letters are meant; what is None is not asked.

    `topic` is a webhook's own (`orders/create`) or a consumer's pattern (`orders/*`), with slash or
    dot.
    """

    consumer: str | None = None
    topic: str | None = None
    id: str | None = None

    def takes_queue(self, queue: WorkQueue) -> bool:
        """Tell whether letters of the queue can be meant."""
        if self.consumer not in (None, queue.consumer):
            return False

        name = self._name
        if name is None or name == queue.topic:
            return True
        if name.count(".") != 1:
            return False
        return queue.takes(Topic(name))

    def takes(self, queue: WorkQueue, letter: HeldMessage) -> bool:
        """Tell whether the letter is meant: one in a pattern's queue by its own topic too."""
        letter_id = names.text(letter.headers, names.ID)
        if self.id not in (None, letter_id):
            return False

        own_topic = _dotted(letter.properties.type or "")
        return self._name in (None, queue.topic, own_topic)

    def check(self, known: Iterable[WorkQueue]) -> None:
        """Raise SettingsError where none of the known queues can be meant.

        Finding nothing would be taken for an all-clear.
        """
        queues = sorted(known)
        if self.consumer is None and self.topic is None:
            return
        if any(self.takes_queue(queue) for queue in queues):
            return

        asked = []
        if self.consumer:
            asked.append(f"--consumer {self.consumer}")
        if self.topic:
            asked.append(f"--topic {self.topic}")
        options = " ".join(asked)
        known_queues = [f"{queue.consumer} {queue.pattern}" for queue in queues]
        there = ", ".join(known_queues) or "none yet"
        raise SettingsError(f"{options}: no such queue; consumers and topics of the app: {there}")

    @property
    def _name(self) -> str | None:
        """The topic as it stands in queue names."""
        if self.topic is None:
            return None
        dotted = _dotted(self.topic)
        return dotted.replace("*", ANY)


def _dotted(topic: str) -> str:
    return topic.replace("/", ".")


def row(queue: WorkQueue, letter: HeldMessage) -> dict[str, Any]:
    """Describe a dead letter in one line's worth of plain data."""
    dead = DeadLetter.read(letter.headers, queue.consumer)
    return {
        "id": names.text(letter.headers, names.ID),
        "consumer": queue.consumer,
        "topic": letter.properties.type or queue.topic,
        "shop": names.text(letter.headers, names.SHOP),
        "reason": dead.reason.value,
        "attempt": dead.attempt,
        "replays": dead.replays,
        "died": _moment(dead.died_ms),
        "error": dead.error,
    }


def _moment(ms: int) -> str:
    """Return a time as ISO 8601 to the second; the empty string where there is none."""
    if not ms:
        return ""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return moment.isoformat(timespec="seconds")


def page(queue: WorkQueue, letter: HeldMessage) -> dict[str, Any]:
    """Describe a dead letter wholly: its row, its traceback, every header, its body."""
    headers = dict(letter.headers)
    headers.pop(names.TRACEBACK, None)
    return row(queue, letter) | {
        "queue": queue.dead,
        "content_type": letter.properties.content_type,
        "traceback": names.text(letter.headers, names.TRACEBACK),
        "headers": headers,
        "body": letter.body.decode(errors="replace"),
    }
