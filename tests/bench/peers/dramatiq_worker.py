"""Dramatiq: an actor. Its queue is a classic one, as it declares it: its quorum queues need
RabbitMQ 4.3.
"""

import os
from typing import Any

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from tally import seen

dramatiq.set_broker(RabbitmqBroker(url=os.environ["URL"]))


@dramatiq.actor(queue_name="dramatiq")
def handle(order: dict[str, Any]) -> None:
    """Take the order."""
    seen(order["id"])
