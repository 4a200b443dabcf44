"""What the numbers of deploy/CAPACITY.md are called there, and who published those of others."""

from tests.bench.parameters import BROKERS, INDEX, LONG_QUEUE, MIB, QUEUE, WAL, WALS

MEASURED = {
    "ingress": ("processor time of the ingress, a webhook", " µs"),
    "worker": ("processor time of a worker, a delivery with a validated order", " µs"),
    "broker": ("processor time of a broker's three nodes together, a message in and out", " µs"),
    "disk": ("disk of each node that has a copy, a message, beside the body", " bytes"),
}
ASSUMED = {
    "body": ("body of a webhook", " bytes"),
    "consumers": ("consumers that a webhook goes to, each with a copy", ""),
    "topics": ("topics", ""),
    "largest": ("share of the busiest topic", ""),
    "peak": ("the peak, in times the mean", ""),
    "rush": ("how long the peak lasts", " minutes"),
    "caught_up": ("when what the peak left is worked off", " minutes later"),
    "away": ("how long no worker may run, at the mean, and then a peak", " hours"),
    "handler": ("time that a handler takes, mostly waiting", " s"),
    "concurrency": ("handlers of a queue at once, in each process", ""),
    "busy": ("how full anything is planned to be", ""),
}
"""The fields of `Costs` and of `Wanted`, in words, with their units."""
OPERATOR, SIZING, PERFORMANCE, QUORUM = (
    "[cluster operator](https://github.com/rabbitmq/cluster-operator/tree/main/docs/examples/production-ready)",
    "[RabbitMQ, 2020](https://www.rabbitmq.com/blog/2020/06/21/cluster-sizing-case-study-quorum-queues-part-1)",
    "[RabbitMQ, 2023](https://www.rabbitmq.com/blog/2023/05/17/rabbitmq-3.12-performance-improvements)",
    "[quorum queues](https://www.rabbitmq.com/docs/quorum-queues)",
)
PUBLISHED = (
    *(
        (
            f"messages a second, {one.nodes} nodes of {one.cores} cores",
            f"{one.rate:,.0f}",
            source,
        )
        for one, source in zip(
            BROKERS,
            (
                f"{OPERATOR}, half of it",
                f"{OPERATOR}: a billion of 8 kB a day",
                f"between the one before and 36,000 with 16 cores, {SIZING}",
                f"{SIZING}, 1 kB",
                f"{SIZING}, 1 kB",
            ),
            strict=True,
        )
    ),
    ("messages a second of one queue", f"{QUEUE:,}", f"{PERFORMANCE}, 3.12, 5 kB"),
    ("the same before 3.12, once it is long", f"{LONG_QUEUE:,}", f"{PERFORMANCE}, 3.11"),
    ("memory of a message that waits", f"{INDEX} bytes", QUORUM),
    ("write-ahead log, and how many times of it", f"{WAL // MIB} MiB, {WALS}", QUORUM),
)
