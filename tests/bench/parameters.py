"""What the arithmetic of deploy/CAPACITY.md stands on: measured here, published by others, or
assumed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

DAY, HOUR, MINUTE = 86_400, 3_600, 60
MICROSECOND = 1e-6
GB, GIB, MIB = 1e9, 2**30, 2**20


@dataclass(frozen=True, slots=True)
class Costs:
    """What one webhook takes, measured: microseconds of processor time, bytes."""

    ingress: float
    worker: float
    """With a validated order."""
    broker: float
    """Of all three nodes together: stored in one queue, handed out, and acknowledged."""
    disk: float
    """Of each node that has a copy, beside the body."""

    @classmethod
    def measured(cls, kept: Mapping[str, Any]) -> "Costs":
        """Return what the bench's results say.

        The broker's share may be from another machine than the rows: it is brought over by what the
        ingress took in the same run.
        """
        ingress = median(kept["rows"]["naive"]["series"]["hookline, µs"])
        worker = median(kept["rows"]["order"]["series"]["hookline order, µs"])
        share = kept["sweeps"]["broker"]["found"]["3"]
        broker = (share["storing"] + share["handing out"]) / share["ingress"] * ingress
        return cls(ingress, worker, broker, share["disk beside the body"])


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is assumed of shops, handlers and the machines; change it for your own."""

    body: float = 2_000
    """Bytes of a webhook's body."""
    consumers: float = 2
    """Consumers that a webhook goes to; each has a queue, and so a copy, of its own."""
    topics: float = 12
    """Topics of each consumer."""
    largest: float = 0.5
    """The busiest topic's share of all webhooks."""
    peak: float = 50
    """Times the mean, in a flash sale."""
    rush: float = 10
    """Minutes that the peak lasts."""
    caught_up: float = 60
    """Minutes after which the workers have worked off what the peak left."""
    away: float = 12
    """Hours of the mean that the disks hold while no worker runs."""
    handler: float = 0.1
    """Seconds that a handler takes, most of them waiting for others."""
    concurrency: float = 16
    """Handlers of a queue at once, in each worker process."""
    busy: float = 0.6
    """Of a core, a queue, a cluster or a disk: what is planned for. The rest is for what is not."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A broker: its nodes, the cores of each, and how many messages a second it took at most."""

    nodes: int
    cores: int
    rate: float


EXAMPLE = 1e9 / DAY
"""Messages of 8 kB a second for which the cluster operator's example has three nodes of 4 cores."""
SIXTEEN = 36_000
"""Messages of 1 kB a second, three nodes of 16 cores."""
BROKERS = (
    Cluster(3, 2, EXAMPLE / 2),
    Cluster(3, 4, EXAMPLE),
    Cluster(3, 8, EXAMPLE + (SIXTEEN - EXAMPLE) * (8 - 4) / (16 - 4)),
    Cluster(5, 8, 42_000),
    Cluster(7, 8, 54_000),
)
"""What others measured, since two cores cannot, and for 2 and 8 cores what follows from it in
proportion. The page says whose figures these are. Seven nodes are the most that RabbitMQ advises.
"""
REPLICAS = 3
QUEUE = 20_000
"""Messages a second that one queue takes, which is one process of the broker: RabbitMQ 3.12."""
LONG_QUEUE = 10_000
"""The same before 3.12, once very many wait in it."""
INDEX = 32
"""Bytes of memory that the broker holds of each message that waits."""
WAL, WALS = 512 * MIB, 4
"""The broker's write-ahead log, and how many times of it a node's memory and disk should have."""
SLOW_CONFIRM = 0.05
"""Seconds to a confirm that are slow: fifty times what they take on an idle broker."""
