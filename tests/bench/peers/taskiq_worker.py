"""taskiq: an asynchronous task, acked after it ran."""

import os
from typing import Any

from tally import seen
from taskiq_aio_pika import AioPikaBroker
from taskiq_aio_pika.exchange import Exchange
from taskiq_aio_pika.queue import Queue, QueueType

broker = AioPikaBroker(
    os.environ["URL"], qos=200, exchange=Exchange(name="bench.taskiq"),
    task_queues=[Queue(name="taskiq", type=QueueType.QUORUM)],
)  # fmt: skip


@broker.task(task_name="handle")
async def handle(order: dict[str, Any]) -> None:
    """Take the order."""
    seen(order["id"])
