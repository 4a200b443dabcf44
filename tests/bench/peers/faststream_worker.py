"""FastStream: a subscriber that asks for the decoded order."""

import os
from typing import Any

import uvloop
from faststream import FastStream
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue
from tally import seen

broker = RabbitBroker(os.environ["URL"], default_channel=Channel(prefetch_count=200))


@broker.subscriber(RabbitQueue("faststream", queue_type=QueueType.QUORUM, durable=True))
async def handle(order: dict[str, Any]) -> None:
    """Take the order."""
    seen(order["id"])


uvloop.run(FastStream(broker).run())
