"""One attempt, without a broker, by the code path of the worker: decode, timeout, policy."""

from collections.abc import Sequence
from typing import Any

from schemas.webhook import Webhook
from workers import clock
from workers.attempt import attempt
from workers.consumer import Consumer
from workers.outcome import Outcome


async def deliver(
    consumer: Consumer[Any],
    webhook: Webhook,
    *,
    attempt_number: int = 1,
    seconds_since_start: float = 0.0,
) -> Outcome:
    """Make one attempt and return its outcome: Done(), Again(delay, error), Deferred(delay, reason)
    or Dead(reason, error, traceback).

    Raises ValueError for a webhook of a topic that the consumer does not take, and for an attempt
    before the first.
    """
    check_taken(webhook, [consumer])
    if attempt_number < 1:
        raise ValueError(f"attempt_number={attempt_number}: attempts are counted from 1")

    first_ms = clock.now_ms() - int(seconds_since_start * 1000)
    return await attempt(consumer, webhook, attempt_number, first_ms)


def takes(consumer: Consumer[Any], webhook: Webhook) -> bool:
    """Tell whether webhooks of this topic come to the consumer."""
    return any(pattern.matches(webhook.topic) for pattern in consumer.topics)


def check_taken(webhook: Webhook, consumers: Sequence[Consumer[Any]]) -> None:
    """Raise ValueError where a webhook is of a topic that none of these takes."""
    if any(takes(consumer, webhook) for consumer in consumers):
        return
    taken = "; ".join(f"consumer {one.name!r} takes {', '.join(one.topics)}" for one in consumers)
    raise ValueError(f"{taken}: no webhook of {webhook.topic} comes to it")
