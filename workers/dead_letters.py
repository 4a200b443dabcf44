"""Which letters an operator means: a filter over what their headers say. Pure.

How a letter is read is in `letter`; looking for them, and moving them, in `broker`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from schemas.dead_letter import Reason
from schemas.fingerprint import DIGITS, FORM
from schemas.names import ANY, WorkQueue
from schemas.topic import Topic
from workers.asked import check_texts, check_times, described, is_nothing
from workers.letter import Letter
from workers.settings import SettingsError

_REASONS = ", ".join(Reason)


@dataclass(frozen=True)
class Filter:
    """Which letters are meant; what is None is not asked. Nonsense is refused: SettingsError.

    `topic` is a webhook's own (`orders/create`) or a consumer's pattern (`orders/*`), with slash or
    dot. `error` is a part of the error's text, in whatever case. `since_ms` is the first moment
    that counts and `until_ms` the first that does not, of when a letter died; of an unrouted one of
    when it was received, of one that waits of when its wait began. `limit` is how many are meant at
    most.
    """

    consumer: str | None = None
    topic: str | None = None
    id: str | None = None
    group: str | None = None
    reason: str | None = None
    shop: str | None = None
    error: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.group is not None and not FORM.fullmatch(self.group):
            raise SettingsError(
                f"--group {self.group!r:.40}: a group is {DIGITS} hexadecimal digits, "
                "as `dead-letters groups` shows them"
            )
        if self.reason is not None and self.reason not in list(Reason):
            raise SettingsError(f"--reason {self.reason!r:.40}: there are {_REASONS}")
        if self.limit is not None and self.limit < 1:
            raise SettingsError("--limit: a number from 1 on")

        check_texts(self, ("consumer", "topic", "id", "shop", "error"))
        check_times(self.since_ms, self.until_ms)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked, so that all letters are meant: a limit asks for none of them
        in particular.
        """
        return is_nothing(self)

    def described(self) -> dict[str, str]:
        """Return what is asked, by option, for people."""
        return described(self)

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

    def takes(self, letter: Letter) -> bool:
        """Tell whether the letter is meant: one in a pattern's queue by its own topic too."""
        asked = (
            (self.id, letter.id),
            (self.group, letter.group),
            (self.reason, letter.reason),
            (self.shop, letter.shop),
            (self.consumer, letter.consumer),
        )
        if any(wanted not in (None, found) for wanted, found in asked):
            return False
        return self._takes_topic(letter) and self._takes_error(letter) and self._takes_time(letter)

    def _takes_topic(self, letter: Letter) -> bool:
        if self._name is None:
            return True
        own = _dotted(letter.topic)
        if letter.work is None:
            return self._name == own
        return self._name in (letter.work.topic, own)

    def _takes_error(self, letter: Letter) -> bool:
        if self._error is None:
            return True
        return self._error in letter.error.casefold()

    def _takes_time(self, letter: Letter) -> bool:
        if self.since_ms is not None and letter.at_ms < self.since_ms:
            return False
        return self.until_ms is None or letter.at_ms < self.until_ms

    def check(self, known: Iterable[WorkQueue]) -> None:
        """Raise SettingsError where none of the known queues can be meant.

        Finding nothing would be taken for an all-clear.
        """
        queues = sorted({queue.whole for queue in known})
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
        known_queues = [f"{queue.consumer} {queue.pattern.slashed}" for queue in queues]
        there = ", ".join(known_queues) or "none yet"
        raise SettingsError(f"{options}: no such queue; consumers and topics of the app: {there}")

    @cached_property
    def _name(self) -> str | None:
        """The topic as it stands in queue names."""
        if self.topic is None:
            return None
        dotted = _dotted(self.topic)
        return dotted.replace("*", ANY)

    @cached_property
    def _error(self) -> str | None:
        if self.error is None:
            return None
        return self.error.casefold()


def _dotted(topic: str) -> str:
    return topic.replace("/", ".")
