"""The rows of the table, as data: what is measured, and how much of it is promised."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median

from tests.bench import (
    http_rows,
    journal_rows,
    latency_rows,
    limit_rows,
    process_rows,
    rehearsal,
    worker_rows,
)
from tests.bench.samples import Measured
from tests.bench.stage import Stage


@dataclass(frozen=True, slots=True)
class Row:
    """A promise: the measured median is at most, or at least, the limit."""

    key: str
    what: str
    sign: str
    limit: float
    measure: Callable[[Stage], Measured]
    quick: bool = False

    @property
    def target(self) -> str:
        """The promise, in words."""
        return f"{self.sign} {self.limit:g}"

    def verdict(self, measured: Measured) -> str:
        """Tell whether the promise is kept; what lost a message has not kept it."""
        if not measured.values:
            return "not measured"
        value = median(measured.values)
        kept = value <= self.limit if self.sign == "≤" else value >= self.limit
        return "met" if kept and not measured.lost else "MISSED"


ROWS = (
    Row(
        "ingress",
        "ingress a webhook ÷ bare aiohttp handler",
        "≤",
        1.6,
        http_rows.against_bare,
        quick=True,
    ),
    Row("naive", "naive aiohttp + aio-pika handler ÷ ingress", "≥", 2.2, http_rows.against_naive),
    Row("fastapi", "FastAPI + FastStream handler ÷ ingress", "≥", 2.2, http_rows.against_fastapi),
    Row(
        "worker",
        "worker, raw body ÷ bare aio-pika consume + ack",
        "≤",
        1.0,
        worker_rows.against_aio_pika,
        quick=True,
    ),
    Row("faststream", "FastStream ÷ worker, decoded JSON", "≥", 2.5, worker_rows.faststream),
    Row("dramatiq", "Dramatiq ÷ worker, decoded JSON", "≥", 2.5, worker_rows.dramatiq),
    Row("celery", "Celery ÷ worker, decoded JSON", "≥", 2.5, worker_rows.celery),
    Row("taskiq", "taskiq ÷ worker, decoded JSON", "≥", 2.5, worker_rows.taskiq),
    Row("order", "worker, validated order ÷ worker, raw body", "≤", 1.5, worker_rows.validated),
    Row(
        "partitioned",
        "worker, eight partitions ÷ worker, one queue",
        "≤",
        1.15,
        worker_rows.partitioned,
    ),
    Row(
        "ordered",
        "worker, eight ordered partitions ÷ worker, eight partitions",
        "≤",
        1.3,
        worker_rows.ordered,
    ),
    Row(
        "once-postgres",
        "worker, once in PostgreSQL ÷ bare clients, two statements",
        "≤",
        1.2,
        worker_rows.once_postgres,
    ),
    Row(
        "once-redis",
        "worker, once in Redis ÷ bare clients, two commands",
        "≤",
        1.2,
        worker_rows.once_redis,
    ),
    Row(
        "rate", "a rate over a minute, by 1, 2 and 4 workers: off by", "≤", 10, limit_rows.kept_rate
    ),
    Row("journal", "ingress with a journal ÷ ingress without", "≤", 1.3, http_rows.journal),
    Row("search", "journal searched ÷ read by aio-pika", "≤", 0.5, journal_rows.searched),
    Row("refusal", "refusal of a bad signature ÷ bare handler's", "≤", 1.2, http_rows.refusal),
    Row(
        "p50",
        "send to handler ÷ bare confirm + delivery, p50",
        "≤",
        1.5,
        partial(latency_rows.accept_to_handler, "p50"),
    ),
    Row(
        "p99",
        "send to handler ÷ bare confirm + delivery, p99",
        "≤",
        1.5,
        partial(latency_rows.accept_to_handler, "p99"),
    ),
    Row("topics", "throughput with 1,000 topics ÷ with one", "≥", 0.9, http_rows.topics),
    Row("ingress-start", "ingress, start to ready", "≤", 1.0, process_rows.ingress_start),
    Row("worker-start", "worker, start to ready", "≤", 1.0, process_rows.worker_start),
    Row("idle", "idle worker with 100 consumers", "≤", 1.0, process_rows.idle),
    Row(
        "worker-memory",
        "worker, memory with a million waiting - with none",
        "≤",
        10,
        process_rows.worker_memory,
    ),
    Row(
        "ingress-memory",
        "ingress, memory after a million - after 10,000",
        "≤",
        10,
        process_rows.ingress_memory,
    ),
    Row(
        "sale",
        "flash sale, by how much the simulation is off",
        "≤",
        20,
        rehearsal.small_sale,
    ),
)
