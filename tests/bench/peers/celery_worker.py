"""Celery: a task acked after it ran, on a quorum queue."""

import os
from typing import Any

from celery import Celery
from kombu import Queue
from tally import seen

app = Celery("bench", broker=os.environ["URL"])
app.conf.update(
    task_queues=[Queue("celery", queue_arguments={"x-queue-type": "quorum"}, routing_key="celery")],
    task_default_queue_type="quorum",
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=200,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
)


@app.task(name="handle")
def handle(order: dict[str, Any]) -> None:
    """Take the order."""
    seen(order["id"])
