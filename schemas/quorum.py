"""Quorum queues: the arguments that ours have, and why. They cannot be changed later. Pure."""

from schemas.broker_objects import Argument, Queue

DELIVERY_LIMIT = 20
"""Failed deliveries before the broker itself dead-letters.

It is the net for crash loops, not the retry policy.
"""

BROWSE_LIMIT = 2**31 - 1
"""Delivery limit of queues that people and sweeps look through.

Each look counts as a delivery, and from RabbitMQ 4.0 on a queue without a limit of its own drops
after 20. (-1, "unlimited", dead-letters at once on 3.10.)
"""


def quorum(name: str, **arguments: Argument) -> Queue:
    """Return a quorum queue with these arguments: `delivery_limit` is `x-delivery-limit`."""
    written: dict[str, Argument] = {"x-queue-type": "quorum"}
    for key, value in arguments.items():
        dashed = key.replace("_", "-")
        written[f"x-{dashed}"] = value
    return Queue(name, written)


def moving_on(exchange: str) -> dict[str, Argument]:
    """Return the arguments by which what leaves a queue goes to an exchange, and is never lost."""
    # At least once needs reject-publish: with the default overflow the broker quietly falls back to
    # at most once.
    return {
        "dead_letter_exchange": exchange,
        "dead_letter_strategy": "at-least-once",
        "overflow": "reject-publish",
    }
