"""What so many webhooks take of each part of an installation: the arithmetic of deploy/CAPACITY.md,
which `tests.bench.capacity_page` writes.
"""

from dataclasses import dataclass
from math import ceil

from schemas.bucket import BUCKETS
from schemas.ladder import LADDER
from tests.bench.parameters import (
    BROKERS,
    HOUR,
    INDEX,
    LONG_QUEUE,
    MICROSECOND,
    MINUTE,
    QUEUE,
    REPLICAS,
    WAL,
    WALS,
    Cluster,
    Costs,
    Wanted,
)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a load takes. Rates are a second; partitions and queues are of each cluster, disk and
    memory of each node, in bytes.
    """

    mean: float
    peak: float
    messages: float
    ingresses: int
    workers_mean: int
    workers_caught_up: int
    workers_peak: int
    partitions: int
    """Of the busiest topic's queue, because one queue is not enough."""
    partitions_before: int
    """The same before RabbitMQ 3.12."""
    partitions_working: int
    """The least where the busiest topic's queue has any, because one process has each."""
    queues: int
    clusters: int
    cluster: Cluster
    cores: float
    """That all brokers together compute on at the peak, by our own measure: they need more."""
    disk: float
    disk_an_hour: float
    """Of the peak, while no worker runs."""
    memory: float
    network: float
    """Bits a second from the ingresses to the broker."""


def needs(mean: float, costs: Costs, wanted: Wanted) -> Needs:
    """Return what so many webhooks a second, day in, day out, take, with peaks as wanted."""
    peak = mean * wanted.peak
    messages = peak * wanted.consumers
    after = caught_up_rate(mean, wanted)
    clusters, cluster = brokers(messages, wanted)
    busiest = peak / clusters * wanted.largest
    partitions = divisor(busiest / (QUEUE * wanted.busy))
    waiting = longest(mean, wanted) * wanted.consumers / clusters
    here = min(1, REPLICAS / cluster.nodes)
    copies = waiting * here
    size = wanted.body + costs.disk

    return Needs(
        mean=mean,
        peak=peak,
        messages=messages,
        ingresses=1 + ceil(max(1, peak * costs.ingress * MICROSECOND / wanted.busy)),
        workers_mean=workers(mean, costs, wanted),
        workers_caught_up=workers(after, costs, wanted),
        workers_peak=workers(peak, costs, wanted),
        partitions=partitions,
        partitions_before=divisor(busiest / (LONG_QUEUE * wanted.busy)),
        partitions_working=kept_up(after / clusters, wanted),
        queues=queues(partitions, wanted),
        clusters=clusters,
        cluster=cluster,
        cores=messages * costs.broker * MICROSECOND,
        disk=(copies * size + WALS * WAL) / wanted.busy,
        disk_an_hour=messages / clusters * here * size * HOUR,
        memory=copies * INDEX + WALS * WAL,
        network=peak * wanted.body * 8,
    )


def caught_up_rate(mean: float, wanted: Wanted) -> float:
    """Return the webhooks a second with which workers have worked a peak off in the time wanted.

    They work during the peak too, and meanwhile the mean goes on coming.
    """
    rush, after = wanted.rush * MINUTE, wanted.caught_up * MINUTE
    came = mean * wanted.peak * rush + mean * after
    return came / (rush + after)


def longest(mean: float, wanted: Wanted) -> float:
    """Return how many webhooks wait while no worker runs: the hours of the mean, and a peak."""
    return mean * (wanted.away * HOUR + wanted.peak * wanted.rush * MINUTE)


def workers(rate: float, costs: Costs, wanted: Wanted) -> int:
    """Return the worker processes that so many webhooks a second take, of all consumers.

    A process is full when its handlers are, or when its core is. Two at least: one may stop.
    """
    handled = rate * wanted.consumers
    by_handlers = handled * wanted.handler / (wanted.concurrency * wanted.busy)
    by_core = handled * costs.worker * MICROSECOND / wanted.busy
    return max(2, ceil(max(by_handlers, by_core)))


def kept_up(rate: float, wanted: Wanted) -> int:
    """Return the partitions with which a consumer of partitions does so many webhooks a second.

    One process has each partition, so that it does no more than that one's handlers do.
    """
    return divisor(rate * wanted.largest * wanted.handler / (wanted.concurrency * wanted.busy))


def queues(partitions: int, wanted: Wanted) -> int:
    """Return the queues of an app: work queues, dead letters, the ladder, unrouted and canary."""
    work = wanted.consumers * (wanted.topics - 1 + partitions)
    dead = wanted.consumers * wanted.topics
    return ceil(work + dead) + len(LADDER) + 2


def divisor(least: float) -> int:
    """Return the smallest number of partitions that is no less: a divisor of the buckets.

    Where none is, it is the largest: one app is then not enough.
    """
    enough = [count for count in range(1, BUCKETS + 1) if not BUCKETS % count and count >= least]
    return min(enough, default=BUCKETS)


def brokers(messages: float, wanted: Wanted) -> tuple[int, Cluster]:
    """Return how many clusters so many messages a second take, and which each is: the one of the
    fewest cores that is enough, or several of the largest.
    """
    enough = [one for one in BROKERS if one.rate * wanted.busy >= messages]
    if enough:
        return 1, enough[0]

    largest = BROKERS[-1]
    return ceil(messages / (largest.rate * wanted.busy)), largest
