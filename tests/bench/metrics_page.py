"""`python -m tests.bench.metrics_page [QUEUES]`: the processor time of a worker's page of metrics.

All its queues have been busy. The library's own way stands beside ours, and what the parent of four
processes adds to join their pages.
"""

import sys
from collections.abc import Callable
from time import process_time

from prometheus_client import generate_latest

from runtime.joined import joined_pages
from runtime.metrics_page import metrics_page
from schemas.names import WorkQueue
from workers import telemetry

TIMES = 21
PROCESSES = 4


def fill(count: int) -> None:
    """Have so many queues as busy as a queue can be."""
    for number in range(count):
        labels = telemetry.labels_of(WorkQueue("spiffy", f"consumer_{number}", "orders.create"))
        telemetry.RUNNING.labels(*labels).set_function(lambda: 3)
        telemetry.OUTLIVED.labels(*labels).inc()
        for depth in (telemetry.LAG, telemetry.QUEUE_READY, telemetry.DEAD_LETTERS):
            depth.labels(*labels).set(number)
        for outcome in ("done", "retried", "dead"):
            telemetry.DELIVERIES.labels(*labels, outcome).inc(number)
        for reason in ("rejected", "exhausted"):
            telemetry.DEAD.labels(*labels, reason).inc()
        for seconds in (0.003, 0.2, 7, 40_000):
            telemetry.SECONDS.labels(*labels).observe(seconds)
            telemetry.AGE.labels(*labels).observe(seconds)


def milliseconds(work: Callable[[], object]) -> float:
    """Return the least processor time that something takes, of several times."""
    took = []
    for _ in range(TIMES):
        began = process_time()
        work()
        took.append(process_time() - began)
    return 1000 * min(took)


def main(count: int) -> None:
    """Print the table."""
    fill(count)
    page = metrics_page()
    pages = dict.fromkeys(range(1, PROCESSES + 1), page)
    print(f"{count} queues, {page.count(chr(10))} lines, {len(page) // 1024} KiB")
    print(f"the library {milliseconds(generate_latest):8.1f} ms")
    print(f"ours        {milliseconds(metrics_page):8.1f} ms")
    print(f"join {PROCESSES}      {milliseconds(lambda: joined_pages(pages)):8.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
