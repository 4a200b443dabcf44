"""Copies of the webhooks that come in: a journal, and taps. Only where somebody asks for them.

    the ingress ──webhook──▶ {app}.webhooks ──▶ as ever
          └───────copy─────▶ {app}.in ──▶ {app}.journal, a stream
                                └───────▶ {app}.tap ──T.*──▶ {app}.tap.{name}, a queue of each tap

`in` stands beside `webhooks`, and not before it. A message that one queue has taken counts as
routed: with `in` in front, a webhook that neither a consumer's queue nor unrouted has taken would
be confirmed for the journal's sake, answered 200, and handled by nobody. So each is published
twice, and what is said of the webhook is said by its own publish.
"""

from dataclasses import dataclass

from schemas.broker_objects import (
    Argument,
    Binding,
    Destination,
    Exchange,
    ExchangeType,
    Queue,
    Topology,
)
from schemas.quorum import BROWSE_LIMIT, quorum
from schemas.topic import TopicPattern

SEGMENTS = 500
"""Parts of a journal, about: whole ones are cut off at its old end."""
SEGMENT_BYTES = (1_000_000, 500_000_000)
"""Bytes of a part, at least and at most."""

TAP_SECONDS = 86_400
"""How long a tap that nobody listens at keeps what comes."""
TAP_WEBHOOKS = 10_000
"""Webhooks that wait for who listens at a tap, at most: the oldest make way."""


@dataclass(frozen=True, slots=True)
class Journal:
    """How much a journal keeps: so many seconds, and no more than so many bytes."""

    seconds: int
    size: int


@dataclass(frozen=True, slots=True)
class Copies:
    """What copies are made for."""

    journal: Journal | None = None
    taps: bool = False

    @property
    def are_wanted(self) -> bool:
        """Whether any are made."""
        return self.taps or self.journal is not None


NO_COPIES = Copies()


def in_exchange(app: str) -> str:
    """Where the ingress publishes the copies of what comes in."""
    return f"{app}.in"


def journal_stream(app: str) -> str:
    """What has come in lately, whatever became of it."""
    return f"{app}.journal"


def tap_exchange(app: str) -> str:
    """Where taps are bound, by topic."""
    return f"{app}.tap"


def tap_queue(app: str, name: str) -> str:
    """What a tap has not shown yet."""
    return f"{app}.tap.{name}"


def copies_topology(app: str, copies: Copies) -> Topology:
    """Return what copies are published to, and what keeps them; nothing where none are made."""
    if not copies.are_wanted:
        return Topology((), (), ())

    front = in_exchange(app)
    exchanges = [Exchange(front, ExchangeType.FANOUT)]
    queues: list[Queue] = []
    bindings: list[Binding] = []
    if copies.journal is not None:
        stream = _stream(app, copies.journal)
        queues.append(stream)
        bindings.append(Binding(front, stream.name, ""))

    if copies.taps:
        taps = tap_exchange(app)
        exchanges.append(Exchange(taps, ExchangeType.TOPIC))
        bindings.append(Binding(front, taps, "", Destination.EXCHANGE))
    return Topology(tuple(exchanges), tuple(queues), tuple(bindings))


def tap_topology(app: str, name: str, pattern: TopicPattern) -> Topology:
    """Return a tap's queue, and what leads webhooks of its topics there."""
    queue = quorum(
        tap_queue(app, name),
        delivery_limit=BROWSE_LIMIT,
        expires=TAP_SECONDS * 1000,
        max_length=TAP_WEBHOOKS,
    )
    key = f"{pattern.routing_key}.*"
    return Topology((), (queue,), (Binding(tap_exchange(app), queue.name, key),))


def _stream(app: str, journal: Journal) -> Queue:
    least, most = SEGMENT_BYTES
    share = journal.size // SEGMENTS
    at_least = max(least, share)
    segment = min(most, at_least)
    arguments: dict[str, Argument] = {
        "x-queue-type": "stream",
        "x-max-age": f"{journal.seconds}s",
        "x-max-length-bytes": journal.size,
        "x-stream-max-segment-size-bytes": segment,
    }
    return Queue(journal_stream(app), arguments)
