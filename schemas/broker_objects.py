"""What there is on a broker, as plain data: exchanges, queues and bindings, all durable."""

from dataclasses import dataclass, field
from enum import StrEnum

Argument = str | int | bool


class ExchangeType(StrEnum):
    """AMQP's exchange types that Hookline uses."""

    TOPIC = "topic"
    FANOUT = "fanout"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A durable exchange."""

    name: str
    type: ExchangeType
    arguments: dict[str, Argument] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue: a quorum queue, or a stream."""

    name: str
    arguments: dict[str, Argument] = field(default_factory=dict)


class Destination(StrEnum):
    """What a binding leads to."""

    QUEUE = "queue"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True)
class Binding:
    """From an exchange to a queue, or to the exchange that is named where a queue would be."""

    exchange: str
    queue: str
    routing_key: str
    kind: Destination = Destination.QUEUE


@dataclass(frozen=True, slots=True)
class Topology:
    """In an order in which it can be declared: exchanges, queues, bindings."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]
