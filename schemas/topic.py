"""Topics: what the platform calls an occasion (`orders/create`), and patterns (`orders/*`)."""

import re
from typing import Self

MAX_TOPIC = 120
"""Characters. With names of at most 60 (see topology), every queue name stays under AMQP's limit of
255 bytes.
"""

_PART = "[a-z0-9][a-z0-9_-]*"
# Most topics are `resource/event`; a few of Shopify's are written with a dot
# (`customer.tags_added`).
_TOPIC = re.compile(rf"{_PART}[/.]{_PART}")
_PATTERN = re.compile(rf"{_PART}[/.]{_PART}|{_PART}[/.]\*|\*[/.]\*")


class BadTopic(ValueError):
    """The text is no topic; the message says what one looks like."""


class Topic(str):
    """A topic as the platform writes it. Make one with `parse`, which checks."""

    __slots__ = ()

    @classmethod
    def parse(cls, raw: str) -> Self:
        """Return the topic, or raise BadTopic.

        A topic is two lower-case words, `orders/create`, of at most 120 characters in all.
        """
        if len(raw) > MAX_TOPIC or not _TOPIC.fullmatch(raw):
            msg = "a topic is two lower-case words such as orders/create"
            raise BadTopic(msg)
        return cls(raw)

    @property
    def routing_key(self) -> str:
        """The topic as AMQP routing key: dotted.

        `a/b` and `a.b` have the same one, so that the raw form travels beside it.
        """
        return self.replace("/", ".")

    @property
    def slashed(self) -> str:
        """The topic as metrics are labelled with it, whatever it was written with."""
        return self.replace(".", "/")


class TopicPattern(Topic):
    """What a consumer asks for: a topic, all of one resource (`orders/*`), or all (`*/*`)."""

    __slots__ = ()

    @classmethod
    def parse(cls, raw: str) -> Self:
        """Return the pattern, or raise BadTopic."""
        if len(raw) > MAX_TOPIC or not _PATTERN.fullmatch(raw):
            shown = raw[:MAX_TOPIC]
            msg = f"{shown!r} is no topic; write orders/create, orders/* or */*"
            raise BadTopic(msg)
        return cls(raw)

    def matches(self, topic: Topic) -> bool:
        """Tell whether RabbitMQ's topic exchange would route the topic by this pattern's key."""
        wanted = self.routing_key.split(".")
        words = topic.routing_key.split(".")
        pairs = zip(wanted, words, strict=True)
        return all(want in ("*", word) for want, word in pairs)

    def meets(self, other: "TopicPattern") -> bool:
        """Tell whether there are topics that both match."""
        return self.matches(other) or other.matches(self)
