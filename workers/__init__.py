"""What the author of a consumer imports.

For whoever reads on, the way of a delivery through the modules:

    worker                keeps two links, the topology and one intake a queue; drain is its end
    broker.subscription   has the broker hand us a queue's messages, which deliveries reads
    broker.intake         gives each a run, once there is room for it
    broker.deciding       has it attempted, unless it came too early or is a suspect (crash)
    claiming              has the consumer's claim on it made, where `once=` asks for one
    attempt               decodes the payload, and runs the handler under its timeout
    expiry                ends what is older than the consumer's max_age
    failing, retry        make an outcome of what the handler raised, by the consumer's policy
    broker.settle         acts on the outcome: has a copy confirmed, then acks the original
"""
# ruff: noqa: E402 - an author's package that hides ours is told before anything else fails of it

try:
    from runtime import hiding
except ImportError as error:
    raise ImportError(
        f"{error.path or error} hides Hookline's own `runtime`: "
        "put yours into a package of your own, as in shop.runtime"
    ) from error

hiding.check_not_hidden("schemas")

from workers.breaker import Breaker
from workers.claims import AlreadyDone
from workers.consumer import Consumer, consumer
from workers.delivery import Delivery, Later, Reject, Retry
from workers.once import Once
from workers.retry import RetryPolicy

__all__ = [
    "AlreadyDone",
    "Breaker",
    "Consumer",
    "Delivery",
    "Later",
    "Once",
    "Reject",
    "Retry",
    "RetryPolicy",
    "consumer",
]
