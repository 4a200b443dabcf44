"""What is sought in the journal. Pure."""

from dataclasses import dataclass
from functools import cached_property

from schemas import headers as webhook_headers
from schemas.identity import received_in
from schemas.properties import ReceivedProperties
from schemas.topic import BadTopic, Topic, TopicPattern
from workers.asked import check_texts, check_times, described, is_nothing
from workers.settings import SettingsError


@dataclass(frozen=True)
class Sought:
    """Which copies are meant; what is None is not asked. Nonsense is refused: SettingsError.

    `topic` is one (`orders/create`) or a pattern (`orders/*`), with slash or dot. `since_ms` is the
    first moment that counts and `until_ms` the first that does not, of when the ingress received
    it. `after` is a place in the journal: only what stands behind it. `limit` is how many are meant
    at most.
    """

    topic: str | None = None
    shop: str | None = None
    id: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    after: int | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        check_texts(self, ("topic", "shop", "id"))
        check_times(self.since_ms, self.until_ms)
        try:
            _ = self.pattern
        except BadTopic as error:
            raise SettingsError(f"--topic {error}") from error

    @cached_property
    def pattern(self) -> TopicPattern | None:
        """The topics that are meant, dotted; None for all."""
        if self.topic is None:
            return None
        return TopicPattern.parse(self.topic)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked, so that all is meant."""
        return is_nothing(self)

    @property
    def id_ms(self) -> int:
        """When what has the id was received, as an id of ours says; 0 where it says nothing."""
        return received_in(self.id or "")

    @property
    def needles(self) -> tuple[bytes, ...]:
        """What stands in the head of each copy that is meant, as it is on the wire."""
        return tuple(text.encode() for text in (self.id, self.shop) if text is not None)

    def takes(self, properties: ReceivedProperties) -> bool:
        """Tell whether a copy is meant, by what travels beside its body."""
        headers = properties.headers
        if self.id is not None and self.id != headers.get(webhook_headers.ID):
            return False
        if self.shop is not None and self.shop != headers.get(webhook_headers.SHOP):
            return False

        received_ms = webhook_headers.number(headers, webhook_headers.RECEIVED)
        if self.since_ms is not None and received_ms < self.since_ms:
            return False
        if self.until_ms is not None and received_ms >= self.until_ms:
            return False
        return self.pattern is None or _matches(self.pattern, properties.type)

    def described(self) -> dict[str, str]:
        """Return what is asked, by option, for people."""
        return described(self)


def _matches(pattern: TopicPattern, topic: str | None) -> bool:
    try:
        return pattern.matches(Topic.parse(topic or ""))
    except BadTopic:
        return False
